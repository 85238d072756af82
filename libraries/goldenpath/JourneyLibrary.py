"""Keywords about the whole way of a user: walked, walked by many at once, broken and picked up again, under load."""

import time
from typing import Any

from robot.api import SkipExecution, logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.AgentLibrary import AgentLibrary
from goldenpath.AuthLibrary import AuthLibrary
from goldenpath.CacheLibrary import CacheLibrary
from goldenpath.ConcurrencyLibrary import ConcurrencyLibrary
from goldenpath.DatabaseLibrary import DatabaseLibrary
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, seconds_since
from goldenpath.HistoryLibrary import HistoryLibrary
from goldenpath.IsolationLibrary import IsolationLibrary
from goldenpath.journeys import crowd, promises, recovery
from goldenpath.journeys.load import Measured, rush
from goldenpath.journeys.promises import held_to
from goldenpath.journeys.rulings import judged
from goldenpath.journeys.walk import all_answered
from goldenpath.keyword_library import keyword_library
from goldenpath.limits.samples import Durations
from goldenpath.WebSocketLibrary import WebSocketLibrary
from goldenpath.world import world

NAMES = ("Ada", "Bob", "Cem", "Dua", "Eli", "Fay", "Gil", "Hua", "Ines", "Jan", "Kim", "Leo", "Mia", "Noa", "Ota")
STORES = ("valkey", "postgres")


@keyword_library
class JourneyLibrary:
    """From login to answer and back: alone, together, after trouble, and in a rush."""

    def __init__(self) -> None:
        self._agents, self._auth, self._data = AgentLibrary(), AuthLibrary(), DatabaseLibrary()
        self._history, self._cache, self._isolation = HistoryLibrary(), CacheLibrary(), IsolationLibrary()
        self._sockets, self._together = WebSocketLibrary(), ConcurrencyLibrary()

    @keyword
    def journey_reaches_its_answer(self, *runs: Run) -> None:
        """Follow questions to their complete answers, inside the limits; what goes wrong on the way is told at once.

        Args:
            *runs: Questions that were asked.

        Raises:
            PromiseBroken: question-is-answered, end-reaches-its-user, or a limit.
        """
        runtime.run(all_answered(runs))
        self._agents.all_answers_arrive_in_time(*runs)

    @keyword
    def answer_is_true_and_useful(self, run: Run, model: str, month: str) -> None:
        """Check that an answer speaks of what was asked and, where the run knows the truth, that it states it.

        Args:
            run: A question about one model and month whose answer has arrived.
            model: The model, for example ``gpt-4o``.
            month: Year and month, for example ``2026-05``.

        Raises:
            PromiseBroken: answer-is-worth-having or answer-is-true.
        """
        with held_to(promises.USEFUL):
            self._agents.answer_is_worth_having(run, model)
        if not world().target.offers("usage_data"):
            logger.info("Nobody knows here what the answer should be: it is not compared.")
            return
        truth = self._data.spending_in_the_database(run.user, model, month)
        with held_to(promises.TRUE):
            self._agents.answer_states(run, "total_cost", truth)
            self._agents.answer_is_about_the_month(run, month)

    @keyword("Follow-Up Is Understood")
    def follow_up_is_understood(self, run: Run, model: str, month: str) -> None:
        """Check that the answer to a question that names only a month is about the model that was named before.

        Args:
            run: A follow-up question whose answer has arrived.
            model: The model that an earlier question named.
            month: The month that this one names.

        Raises:
            PromiseBroken: follow-up-is-understood.
        """
        with held_to(promises.UNDERSTOOD):
            self.answer_is_true_and_useful(run, model, month)

    @keyword
    def what_was_told_is_kept(self, user: User, *runs: Run) -> None:
        """Check that a conversation can be read again, and that every store that may be read holds what was told.

        Args:
            user: Who asked.
            *runs: All questions of one thread, in their order, answered.

        Raises:
            PromiseBroken: told-can-be-read-again or told-is-stored.
        """
        offers = world().target.offers
        with held_to(promises.READABLE):
            self._history.conversation_can_be_read_again(user, *runs)
        with held_to(promises.STORED):
            for run in runs:
                if offers("runs"):
                    self._history.run_can_be_looked_up(run)
                if offers("database"):
                    self._data.rows_tell_the_same_story(run)
            if offers("redis"):
                self._cache.keys_of_the_conversation_exist(runs[-1])

    @keyword
    def connected_users(self, count: int) -> list[User]:
        """Let new users, whose companies have usage data, log in, and connect at the same moment.

        Args:
            count: How many.

        Returns:
            The users, greeted.

        Raises:
            PromiseBroken: One was refused, or greeted too late.
        """
        users = [self._new_user(name) for name in NAMES[:count]]
        connections = [self._sockets.prepare_connecting(user) for user in users]
        self._together.at_the_same_time(*connections)
        self._sockets.all_connections_arrive(*[one.handle for one in connections])  # type: ignore[arg-type]
        return users

    @keyword
    def everybody_asks_at_once(self, users: list[User], question: str) -> list[Run]:
        """Let users ask the same question at the same moment.

        Args:
            users: Connected.
            question: The question.

        Returns:
            Their questions, for `Journey Reaches Its Answer`.
        """
        started = self._together.at_the_same_time(*[self._agents.prepare_asking(user, question) for user in users])
        return [run for run in started if isinstance(run, Run)]

    @keyword("Answers Are Each User's Own")
    def answers_are_each_users_own(self, runs: list[Run], model: str, month: str) -> None:
        """Check that each user got the answer of their own data.

        Args:
            runs: Questions of several users about one model and month, answered.
            model: The model.
            month: Year and month.

        Raises:
            PromiseBroken: answer-is-worth-having or answer-is-true.
        """
        for run in runs:
            self.answer_is_true_and_useful(run, model, month)

    @keyword
    def somebody_has_bad_luck(self, user: User) -> None:
        """Let a user ask what cannot be answered, where that can be arranged, and be told so.

        Args:
            user: The user; connected.

        Raises:
            PromiseBroken: failure-is-told, end-reaches-its-user, or a limit.
        """
        if world().target.offers("llm_script"):
            self.language_model_plans_in_circles(user)
            self.run_fails_with(self._agents.start_asking(user, "And in April?"), "HANDOFF_LIMIT")

    @keyword("Nobody Sees What Is Another's")
    def nobody_sees_what_is_anothers(self, users: list[User]) -> None:
        """Let each user try to find, join and use the next one's things, and look for one user's marks in another's.

        Args:
            users: Users who have asked something; connected.

        Raises:
            PromiseBroken: Something was found.
        """
        offers = world().target.offers
        for user, owner in zip(users, [*users[1:], users[0]], strict=True):
            self._isolation.foreign_objects_cannot_be_found(user, owner)
            runtime.run(crowd.cannot_enter(user, owner))
            if offers("search"):
                runtime.run(crowd.finds_own_messages_only(user, [other for other in users if other is not user]))
        runtime.run(crowd.names_are_no_identities(users))
        runtime.run(crowd.stranger_gets_nowhere(users[0]))
        if offers("database") and offers("redis") and offers("runs"):
            with held_to(promises.NOTHING_SHARED):
                self._isolation.nothing_is_shared_between(*users)

    @keyword
    def language_model_stumbles(self, user: User, times: int) -> None:
        """Let the mocked language model fail some times before it writes the user's next answer.

        Args:
            user: The user.
            times: How often; the platform asks again up to three times.
        """
        failures: list[dict[str, Any]] = [{"status": 500, "retry_after_s": 0.1}] * times
        runtime.run(world().llm.script(user.canary, failures, for_task="report"))

    @keyword
    def language_model_plans_in_circles(self, user: User) -> None:
        """Let the mocked language model answer the user's next question with a plan that never ends.

        Args:
            user: The user.
        """
        circle = {"plan": ["triage", *["data", "optimization"] * 5, "report"]}
        runtime.run(world().llm.script(user.canary, [{"json": circle}], for_task="triage"))

    @keyword
    def run_fails_with(self, run: Run, code: str) -> None:
        """Wait until a run that cannot go well is told as failed.

        Args:
            run: The question.
            code: The documented code.

        Raises:
            PromiseBroken: failure-is-told, end-reaches-its-user, or a limit.
        """
        runtime.run(recovery.failure_is_told(run, code))

    @keyword
    def run_ends_while_its_user_is_away(self, run: Run) -> None:
        """Wait until a run is over whose user has no socket, so that it has really had to do without.

        Args:
            run: The question; its socket is gone.

        Raises:
            PromiseBroken: limit-agent_run_standard.
        """
        runtime.run(recovery.ends_alone(run))

    @keyword
    def answer_is_there_after_reconnecting(self, run: Run) -> None:
        """Check that a run went on while its user's socket was gone, and that its answer is there on the new one.

        Args:
            run: The question; its user has connected again.

        Raises:
            PromiseBroken: run-outlives-its-socket.
        """
        runtime.run(recovery.answer_is_there(run))

    @keyword
    def token_expires(self, user: User) -> None:
        """Let a user's access token expire, and check that no door takes it any more.

        Args:
            user: The user.

        Raises:
            PromiseBroken: expired-token-is-refused.
        """
        recovery.let_token_expire(user)
        runtime.run(recovery.expired_token_is_refused(user))

    @keyword
    def stores_go_away(self) -> None:
        """Stop PostgreSQL and Redis; `Stores Come Back` has to follow."""
        platform = recovery.own_platform()
        fault = world().recorder.fault("PostgreSQL and Redis are gone")
        for name in STORES:
            platform.processes[name].halt()
        fault.applied()

    @keyword
    def outage_is_told(self, users: list[User]) -> None:
        """Check what users, newcomers and the balancer are told while the stores are away.

        Args:
            users: Connected.

        Raises:
            PromiseBroken: outage-is-told or outage-is-no-refusal.
        """
        runtime.run(recovery.outage_is_told(users))

    @keyword
    def stores_come_back(self) -> None:
        """Start those of PostgreSQL and Redis that do not run, and wait until they answer."""
        platform = recovery.own_platform()
        away = [name for name in reversed(STORES) if not platform.processes[name].running]
        if not away:
            return
        platform.restart(*away)
        world().start_with(world().options)  # the oracle's own connections are dead: it makes new ones
        for fault in world().recorder.faults:
            fault.healed()

    @keyword
    def recovery_times(self) -> Durations:
        """Begin to measure recoveries.

        Returns:
            No times yet.
        """
        return Durations("the cause is gone, to the end of the first good run")

    @keyword
    def journey_goes_on(self, user: User, question: str, times: Durations, thread: Run | None = None) -> Run:
        """Let a user whose trouble is over ask, and note how long it takes until the answer is there.

        Args:
            user: The user; connected.
            question: What they ask.
            times: Takes the time.
            thread: An earlier run in whose thread they ask.

        Returns:
            Their question, answered.

        Raises:
            PromiseBroken: question-is-answered, end-reaches-its-user, or a limit.
        """
        since_ns = time.monotonic_ns()
        run = self._agents.start_asking(user, question, thread)
        self.journey_reaches_its_answer(run)
        times.add(seconds_since(since_ns, run.frames().of_type("agent_completed")[-1].at_ns))
        return run

    @keyword
    def everybody_goes_on(self, users: list[User], question: str, times: Durations) -> None:
        """Let users ask, at once and again, until each has a complete answer.

        Args:
            users: Connected before the trouble, which is over now.
            question: What they ask.
            times: Takes how long each had to wait.

        Raises:
            PromiseBroken: limit-recovery or outage-is-no-refusal.
        """
        for seconds in runtime.run(recovery.all_first_good_runs(users, question, time.monotonic_ns())):
            times.add(seconds)

    @keyword
    def users_rush(self, users: list[User], runs: int, a_second: float) -> Measured:
        """Let users walk the journey again and again, at moments that were settled before, while others read.

        Args:
            users: Connected.
            runs: How many journeys in all.
            a_second: How many begin each second.

        Returns:
            What was measured.
        """
        return runtime.run(rush(users, runs, a_second, world().seed))

    @keyword
    def every_limit_is_kept(self, measured: Measured) -> None:
        """Hold everything that was measured against its limits; a figure that needs more observations is only told.

        Args:
            measured: From `Users Rush`.

        Raises:
            PromiseBroken: A limit is broken; the message names it.
            SkipExecution: Nothing is broken, but what was measured may not be believed.
        """
        broken, unproven, told = judged(measured, foreign=world().target.kind != "embedded")
        logger.info("\n".join(told))
        if broken or measured.broken:
            raise PromiseBroken("\n\n".join([*measured.broken, *broken, *measured.failures[:5]]))
        if unproven:
            raise SkipExecution("unproven: " + "\n".join(unproven))

    def _new_user(self, name: str) -> User:
        user = self._auth.get_an_account(name)
        self._data.company_has_usage_data_if_the_run_may_give_it(user)
        self._auth.log_in(user)
        return user
