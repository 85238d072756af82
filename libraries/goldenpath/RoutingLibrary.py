"""Keywords about routing: who handles a message, in which order, for whom, and on which instance."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.handles import Run, User
from goldenpath.keyword_library import keyword_library
from goldenpath.routing import foreign, handled, handover, instances, overtaking
from goldenpath.routing.overtaking import Queue


@keyword_library
class RoutingLibrary:
    """Messages of every type by every way into the platform, and where they and their events go."""

    @keyword
    def questions_are_handled_once_at_every_entry(self, user: User) -> None:
        """Ask in every form at every entry, in the same instant as the handshake, and over REST.

        Args:
            user: Who asks; connected.

        Raises:
            PromiseBroken: handled-once, every-socket-once.
        """
        count = runtime.run(handled.questions_at_every_entry(user))
        logger.info(f"{count} questions were handled once each, and shown once on every socket of {user}.")

    @keyword
    def control_frames_are_handled_once_at_every_entry(self, user: User) -> None:
        """Ping, replay and stop at every entry, as far as the platform offers it.

        Args:
            user: Who does it; connected.

        Raises:
            PromiseBroken: handled-once, every-socket-once.
        """
        count = runtime.run(handled.control_frames_at_every_entry(user))
        logger.info(f"{count} control frames were handled once each.")

    @keyword
    def nonsense_is_refused_once_at_every_entry(self, user: User) -> None:
        """Send what nobody can handle at every entry: unknown types, wrong shapes, text that is no JSON.

        Args:
            user: Who does it; connected.

        Raises:
            PromiseBroken: handled-once.
        """
        count = runtime.run(handled.nonsense_at_every_entry(user))
        logger.info(f"{count} frames that nobody can handle were refused once each, and the sockets still work.")

    @keyword
    def questions_are_asked_in_a_row(self, user: User) -> Queue:
        """Ask six times in one thread without waiting for anything, with a ping after each question.

        Args:
            user: Who asks; connected.

        Returns:
            The questions.
        """
        return runtime.run(overtaking.ask_in_a_row(user))

    @keyword
    def pings_overtake(self, queue: Queue) -> None:
        """Check that every ping among the questions is answered before any question is.

        Args:
            queue: From `Questions Are Asked In A Row`.

        Raises:
            PromiseBroken: control-overtakes.
        """
        slowest_s = runtime.run(overtaking.pongs_overtake(queue))
        logger.info(f"{len(queue.pings)} pings were answered, the slowest after {slowest_s * 1000:.1f} ms.")

    @keyword
    def stops_overtake(self, queue: Queue) -> list[Run]:
        """Stop the run that works and one that waits, where the platform can stop runs.

        Args:
            queue: From `Questions Are Asked In A Row`.

        Returns:
            The runs that were not stopped.

        Raises:
            PromiseBroken: control-overtakes.
        """
        return runtime.run(overtaking.stops_overtake(queue))

    @keyword
    def questions_kept_their_order(self, queue: Queue, going_on: list[Run]) -> None:
        """Check that the questions were taken in, stored and answered in the order in which they were sent.

        Args:
            queue: From `Questions Are Asked In A Row`.
            going_on: From `Stops Overtake`.

        Raises:
            PromiseBroken: thread-order-kept.
        """
        runtime.run(overtaking.order_is_kept(queue, going_on))

    @keyword
    def start_asking_something_slow(self, user: User) -> Run:
        """Ask something that takes the agents a second, where the language model can be told so.

        Args:
            user: Who asks; connected.

        Returns:
            The run, taken in.
        """
        return runtime.run(foreign.ask_slowly(user))

    @keyword
    def run_reached_nobody_else(self, run: Run, bystander: User) -> None:
        """Check that a run reaches its own user to its end, and that somebody who connected meanwhile got nothing.

        Args:
            run: The run.
            bystander: Somebody else; connected.

        Raises:
            PromiseBroken: own-route-only.
        """
        runtime.run(foreign.only_own_frames(run, bystander))

    @keyword
    def foreign_ids_are_refused_on_the_socket(self, thief: User, run: Run) -> None:
        """Try another user's thread and run in every frame that takes one.

        Args:
            thief: Who tries; connected.
            run: A run of the other user.

        Raises:
            PromiseBroken: own-route-only.
        """
        count = runtime.run(foreign.foreign_ids_are_refused(thief, run))
        logger.info(f"{count} frames with ids of {run.user} were refused.")

    @keyword
    def claimed_identity_is_refused(self, liar: User, victim: User) -> None:
        """Say in a frame that one is somebody else.

        Args:
            liar: Who says it; connected.
            victim: Who they say they are; connected.

        Raises:
            PromiseBroken: own-route-only.
        """
        count = runtime.run(foreign.claimed_identity_is_refused(liar, victim))
        logger.info(f"{count} frames in which {liar} says to be {victim} were refused.")

    @keyword
    def users_ask_by_turns(self, *users: User, rounds: int) -> None:
        """Let users ask at the same moment, again and again, each about a model of their own.

        Args:
            *users: Up to three users; connected.
            rounds: How often.

        Raises:
            PromiseBroken: own-route-only.
        """
        count = runtime.run(foreign.ask_by_turns(list(users), rounds))
        logger.info(f"{count} questions of {len(users)} users were answered to who asked, and to nobody else.")

    @keyword
    def plan_comes_to_an_end(self, user: User, other: User, promised: str, *plan: str) -> None:
        """Let the language model suggest a plan of hand-overs, and another user ask at the same time.

        Args:
            user: Whose question gets the plan; connected.
            other: Who asks beside them; connected.
            promised: ``result``, or the code of the error with which the run ends.
            *plan: Names of agents, in the order in which they hand over.

        Raises:
            PromiseBroken: run-ends, others-go-on.
        """
        how = runtime.run(handover.plan_comes_to_an_end(user, other, promised, list(plan)))
        logger.info(f"The plan {' > '.join(plan)} ended with {how}, and {other} was answered meanwhile.")

    @keyword
    def dead_socket_holds_nobody_up(self, user: User, other: User) -> None:
        """Cut one of a user's two sockets in the middle of a run; then replay, and ask by every entry.

        Args:
            user: Whose socket dies; connected.
            other: Somebody else; connected.

        Raises:
            PromiseBroken: run-ends, others-go-on.
        """
        runtime.run(handover.dead_socket_holds_nobody_up(user, other))

    @keyword
    def events_meet_every_socket(self, *users: User, rounds: int) -> None:
        """Ask on sockets and over REST of every instance, with sockets open on every instance.

        Args:
            *users: Who asks; connected.
            rounds: How often each asks by each way.

        Raises:
            PromiseBroken: every-socket-once.
        """
        runs, frames = runtime.run(instances.events_meet_every_socket(users, rounds))
        logger.info(f"{runs} runs, asked by four ways: {frames} frames came, on every socket each once.")

    @keyword
    def stops_meet_the_run(self, user: User) -> None:
        """Stop runs of one instance at the other one, on a socket and over REST.

        Args:
            user: Whose runs; connected.

        Raises:
            PromiseBroken: every-socket-once.
        """
        logger.info(f"{runtime.run(instances.stops_meet_the_run(user))} runs were stopped at another instance.")

    @keyword
    def moving_socket_keeps_up(self, user: User, moves: int) -> None:
        """Move a socket from instance to instance and ask at the other one each time.

        Args:
            user: Whose; connected.
            moves: How often it moves.

        Raises:
            PromiseBroken: every-socket-once.
        """
        frames = runtime.run(instances.moving_socket_keeps_up(user, moves))
        logger.info(f"The socket moved {moves} times and was shown {frames} frames, each once.")
