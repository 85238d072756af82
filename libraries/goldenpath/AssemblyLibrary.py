"""Keywords about the parts that a platform puts together for each connection and each run."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.assembly import failures, releasing
from goldenpath.assembly.asking import all_of, entries
from goldenpath.assembly.cold import Start, own_platform, start_anew
from goldenpath.assembly.doors import UNTIL_READY, Watch, void, wrong_answers
from goldenpath.assembly.failures import BROKEN_PARTS, STRUCTURED
from goldenpath.assembly.gauges import SLOTS_FREE
from goldenpath.assembly.ids import LET_IN, OWN_IDS
from goldenpath.assembly.own import asks_everywhere, wrong_in
from goldenpath.assembly.parts import PART_RUNS, Part
from goldenpath.assembly.starting import advertised, another_socket, goes_on, works
from goldenpath.AuthLibrary import AuthLibrary
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.keyword_library import keyword_library
from goldenpath.WebSocketLibrary import WebSocketLibrary
from goldenpath.world import world


@keyword_library
class AssemblyLibrary:
    """Parts of runs: that they start, whose they are, that they are released, and what is told when one is missing."""

    @keyword
    def several_users(self, number: int, name: str = "User") -> list[User]:
        """Get users who can log in, each with an account of their own.

        Args:
            number: How many.
            name: What the test calls them; a number is added.

        Returns:
            The users.
        """
        return [AuthLibrary().get_an_account(f"{name}{count}") for count in range(1, number + 1)]

    @keyword
    def all_are_connected(self, *users: User) -> None:
        """Connect users at the same moment and wait until every one of them is greeted.

        Args:
            *users: Logged in.

        Raises:
            PromiseBroken: One of them is not let in, or not greeted.
        """
        sockets = WebSocketLibrary()
        connections = [sockets.start_connecting(user) for user in users]
        refused = []
        for connection in connections:
            try:
                sockets.all_connections_arrive(connection)
            except PromiseBroken as refusal:
                refused.append(str(refusal))
        if refused:
            raise LET_IN.broken(f"{len(refused)} of {len(users)} users got no working socket: {refused[0]}")

    @keyword
    def everybody_leaves(self, *users: User) -> None:
        """Close the sockets of users in the orderly way.

        Args:
            *users: Connected.
        """
        for user in users:
            WebSocketLibrary().disconnect(user)

    @keyword
    def advertised_parts(self, user: User) -> list[Part]:
        """Read which agents and tools the platform advertises.

        Args:
            user: Who asks.

        Returns:
            The parts.

        Raises:
            PromiseBroken: One of them has no name or no example.
        """
        return runtime.run(advertised(user))

    @keyword
    def each_part_works_over_every_entry(self, advertised: list[Part], *users: User) -> None:
        """Start every part over every entry at the same time, and see in the events that it really works.

        Args:
            advertised: The parts.
            *users: Connected; they share the parts.

        Raises:
            PromiseBroken: A part was refused, kept silent, or did not work.
        """
        ways = entries()
        work = [works(users[n % len(users)], part, way) for n, part in enumerate(advertised) for way in ways]
        runs = runtime.run(all_of(PART_RUNS, work))
        logger.info(f"{len(runs)} runs: {', '.join(map(str, advertised))}; each over {', '.join(ways)}.")
        again = runtime.run(goes_on(users[0], runs[0]))
        logger.info(f"{again} was asked in the thread that the platform had named.")

    @keyword
    def users_ask_everywhere_at_once(self, *users: User) -> list[Run]:
        """Let every user ask on two sockets, over REST, and in several threads at once, and get their own figures.

        Args:
            *users: Connected.

        Returns:
            All runs.

        Raises:
            PromiseBroken: A run did not end well, or states another figure than its user's data.
        """
        found = runtime.run(all_of(OWN_IDS, [asks_everywhere(user) for user in users]))
        return [run for runs in found for run in runs]

    @keyword
    def no_id_is_shared_reused_or_empty(self, *runs: Run) -> None:
        """Check that each run has ids of its own, and that REST names the same ones.

        Args:
            *runs: All runs of the test.

        Raises:
            PromiseBroken: An id is empty, belongs to two runs, or is told differently.
        """
        if wrong := runtime.run(wrong_in(list(runs))):
            raise OWN_IDS.broken("; ".join(wrong))
        logger.info(f"{len(runs)} runs of {len({run.user for run in runs})} users have ids of their own.")

    @keyword
    def counts_of_the_idle_platform(self) -> dict[str, float]:
        """Read the platform's own counts while nobody uses it.

        Returns:
            By name.
        """
        return runtime.run(releasing.idle_counts())

    @keyword
    def counts_are_back(self, before: dict[str, float]) -> None:
        """Check that the platform's own counts come back to where they were, within 5 s.

        Args:
            before: The counts of the beginning.

        Raises:
            PromiseBroken: Something is still held.
        """
        logger.info(f"Back at {runtime.run(releasing.back_to(before))}.")

    @keyword
    def runs_come_to_every_end(self, failing: User, stopping: User, vanishing: User) -> None:
        """Let runs of one user fail, stop those of another, and cut every socket of a third, all at the same time.

        Args:
            failing: Whose runs fail; connected.
            stopping: Whose runs are stopped; connected.
            vanishing: Whose sockets are cut without a close frame; connected.
        """
        work = [
            releasing.runs_fail(failing),
            releasing.runs_are_stopped(stopping),
            releasing.user_vanishes(vanishing, another_socket),
        ]
        runtime.run(all_of(SLOTS_FREE, work))

    @keyword
    def everything_is_free_again(self, cut_off: User, *users: User) -> None:
        """Check that users have all their sockets and run slots again, whatever became of those they had.

        Args:
            cut_off: Whose sockets were cut.
            *users: Connected; whose runs failed or were stopped.

        Raises:
            PromiseBroken: A slot is still taken.
        """
        work = [releasing.run_slots_are_free(user) for user in users]
        runtime.run(all_of(SLOTS_FREE, [releasing.sockets_are_free(cut_off, another_socket), *work]))

    @keyword
    def backend_starts_anew(self, start: Start, user: User, *first: User) -> Watch:
        """Start the backend again, knock at its doors until they open, and ask as soon as it reports ready.

        Args:
            start: What went before.
            user: Whose token is shown at the doors; logged in.
            *first: Who ask first, each over another entry; logged in, not connected.

        Returns:
            What was seen at the doors.

        Raises:
            PromiseBroken: A first run failed, or the platform reported ready without a service that it needs.
        """
        watch, runs = start_anew(start, user, list(first))
        logger.info(
            f"Start {start}: {len(watch.in_window)} of {len(watch.knocks)} requests fell into it,"
            f" {watch.not_ready} looks found the platform not ready; {len(runs)} first runs were answered."
        )
        return watch

    @keyword
    def doors_were_closed_until_ready(self, *watches: Watch) -> None:
        """Check that until it was ready every door answered 503 and said when to come again, and afterwards none did.

        Args:
            *watches: What was seen, start by start.

        Raises:
            PromiseBroken: A door answered otherwise, or too few requests fell into a start: then nothing is proven.
        """
        if wrong := [f"at the start {watch.start}: {text}" for watch in watches for text in wrong_answers(watch)]:
            raise UNTIL_READY.broken("; ".join(wrong))
        if reason := void(watches):
            raise PromiseBroken(reason)

    @keyword
    def each_missing_part_is_told(self, *users: User) -> None:
        """Let parts be missing in runs that are asked for over REST and over the socket, and see it told, by one code.

        Args:
            *users: Connected; each meets another missing part.

        Raises:
            PromiseBroken: Nothing is told, not soon, without a documented code, or not the same at both doors.
        """
        work = [failures.told_of(user, part) for user, part in zip(users, BROKEN_PARTS, strict=False)]
        _pass(runtime.run(all_of(STRUCTURED, work)))

    @keyword
    def each_refusal_is_told(self, user: User) -> None:
        """Ask for what nobody can have, over REST and over the socket, and see it told with the same code.

        Args:
            user: Connected.

        Raises:
            PromiseBroken: Nothing is told, not soon, without a documented code, or not the same at both doors.
        """
        _pass([runtime.run(failures.bad_request_told(user))])

    @keyword
    def missing_database_is_told(self, on_socket: User, over_rest: User) -> None:
        """Freeze PostgreSQL, ask over the socket and over REST, and see it told within limit-message_processing.

        Args:
            on_socket: Who asks on a socket; connected.
            over_rest: Who asks over REST.

        Raises:
            PromiseBroken: Nothing is told, not soon, without a documented code, or not the same at both doors.
        """
        made = runtime.run(world().backend.create_thread(over_rest.token(), "asked in vain")).expect(201)
        with own_platform().processes["postgres"].frozen():
            _pass([runtime.run(failures.store_away_told(on_socket, over_rest, str(made.body["id"])))])


def _pass(found: list[list[str]]) -> None:
    """Raise what was found, if anything was."""
    if wrong := [text for findings in found for text in findings]:
        raise STRUCTURED.broken("; ".join(wrong))
