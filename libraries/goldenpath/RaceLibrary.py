"""Keywords about WebSocket races: connecting, asking and leaving in the very moments in which things go wrong."""

from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.handles import User
from goldenpath.keyword_library import keyword_library
from goldenpath.races import cold_start, crossing, cut, early, reconnecting
from goldenpath.races.people import crowd
from goldenpath.races.tally import Tally

WITHIN_S = 110.0


@keyword_library
class RaceLibrary:
    """Races between a user and the platform: many tries, and how many of them hit the moment."""

    @keyword
    def new_users(self, name: str, count: int) -> list[User]:
        """Register users side by side; each has tokens and no socket yet.

        Args:
            name: What to call them; a number is added.
            count: How many.

        Returns:
            The users.
        """
        users = runtime.run(crowd(name, count), timeout_s=WITHIN_S)
        logger.info(f"{count} users have come: {', '.join(map(str, users))}.")
        return users

    @keyword
    def users_come_while_the_platform_starts(self, users: list[User], starts: int = 3) -> None:
        """Start the backend cold and let users come before it is ready, in every way in which one may connect.

        Each comes again after a clean refusal, asks in the instant in which the socket opens, and is answered.

        Args:
            users: Who.
            starts: How often.

        Raises:
            PromiseBroken: A connect ended otherwise than in a working connection or a clean refusal.
            VoidError: Too few came early enough.
        """
        tally = Tally("connects that somebody answered", "before the platform was ready, or in the second after")
        for _ in range(starts):
            runtime.run(cold_start.come_during_a_start(users, tally), timeout_s=WITHIN_S)
        logger.info(f"{starts} starts; {tally.conclude()}")

    @keyword
    def users_come_to_a_cold_platform(self, users: list[User]) -> None:
        """Start the backend before its database; users ask over REST and connect until they are let in.

        Args:
            users: Who.

        Raises:
            PromiseBroken: One was refused otherwise than cleanly, or still refused when the platform was ready.
        """
        runtime.run(cut.come_to_a_cold_platform(users), timeout_s=WITHIN_S)

    @keyword
    def platform_has_just_started(self) -> None:
        """Start the backend anew; it has been ready for no time at all when this returns."""
        runtime.run(cold_start.start_cold(), timeout_s=WITHIN_S)

    @keyword
    def users_ask_in_the_instant_of_the_handshake(self, users: list[User], times: int) -> None:
        """Let users connect and ask before they have read the greeting; all five events have to come.

        Args:
            users: Who.
            times: How often each.

        Raises:
            PromiseBroken: An event was lost.
            VoidError: Too few questions were sent before the greeting had arrived.
        """
        tally = Tally("questions", "sent before the greeting had arrived")
        runtime.run(early.ask_early_together(users, tally, times), timeout_s=WITHIN_S)
        logger.info(tally.conclude())

    @keyword
    def users_leave_and_come_back_at_once(self, users: list[User], times: int = 25) -> None:
        """Let users leave at each of the five events, in order or cut off, and connect again in the same instant.

        A second socket of each watches. In the end all their slots have to be free.

        Args:
            users: Who.
            times: How often each.

        Raises:
            PromiseBroken: The end of an old connection harmed a new one, something was missed, or a slot was lost.
            VoidError: Too few were back before their run was over.
        """
        tally = Tally("returns", "while the run was still going")
        runtime.run(reconnecting.come_back_together(users, tally, times), timeout_s=WITHIN_S)
        logger.info(tally.conclude())

    @keyword
    def reconnecting_without_end_is_held_back(self, user: User) -> None:
        """Let a client connect and leave without end: it is told to wait, as the greeting says.

        Args:
            user: Whose client has gone wild.

        Raises:
            PromiseBroken: More upgrades were taken than the platform says that it takes.
        """
        logger.info(runtime.run(reconnecting.storm(user), timeout_s=WITHIN_S))

    @keyword
    def users_come_ask_and_leave_at_once(self, users: list[User], rounds: int) -> None:
        """Let users connect twice, ask and leave at the same moment, with strangers between them.

        Args:
            users: Who.
            rounds: How often each.

        Raises:
            PromiseBroken: Somebody was refused, or missed something of their own.
            VoidError: Too few of them were really there at the same time.
        """
        tally = Tally("questions", "while at least two other users' questions were worked on")
        runtime.run(crossing.cross(users, tally, rounds), timeout_s=WITHIN_S)
        logger.info(tally.conclude())

    @keyword
    def users_are_cut_off_while_the_agents_work(self, users: list[User], thinking: timedelta) -> None:
        """Cut users off in the middle of their runs; the runs finish, and their results are there afterwards.

        Args:
            users: Who; each is cut at another event.
            thinking: For how long the language model thinks before it writes the answer.

        Raises:
            PromiseBroken: A run did not finish, or its result was not there.
            VoidError: Too few runs were still going when their connection was cut.
        """
        # nothing small about this window: every single try hits it
        tally = Tally("runs", "still going when their connection was cut", fewest=len(users))
        runtime.run(cut.be_cut(users, tally, thinking.total_seconds()), timeout_s=WITHIN_S)
        logger.info(tally.conclude())
