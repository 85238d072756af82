"""Keywords about questions, the agents' work on them, and answers."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Prepared, Run, User, as_text, seconds_since
from goldenpath.history.figures import holds, says
from goldenpath.history.frame import Frame
from goldenpath.history.judge import judge_connection
from goldenpath.history.rules import (
    FIVE_EVENTS,
    broken_thread_seq,
    shared_run_ids,
    watched_s,
)
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.oracle import month_of
from goldenpath.world import world

# An answer worth having says something: shorter is a phrase, not an answer.
SHORTEST_SUMMARY = 50


def _first_sign() -> str:
    """The limit of the first sign that a question has arrived: its acknowledgement, else the first event of its run."""
    return "message_processing" if world().target.offers("ack") else "first_event"


async def _acknowledged(run: Run) -> Frame:
    allowed = limit(_first_sign())
    what = f"acknowledgement of {run} ({allowed.id})"
    return await run.channel.wait_for(run.acknowledges, allowed.max_s, what)


async def _ended(run: Run) -> Frame:
    await _acknowledged(run)
    allowed = limit("agent_run_standard")
    return await run.channel.wait_for(run.ends, allowed.max_s, f"end of {run} ({allowed.id})")


@keyword_library
class AgentLibrary:
    """Questions, the events of their runs, and answers."""

    @keyword
    def start_asking(self, user: User, question: str, thread: Run | None = None, form: str | None = None) -> Run:
        """Send a question and go on at once.

        Args:
            user: Who asks; connected.
            question: The question, in plain words.
            thread: An earlier run in whose thread to ask; without it the thread that the socket used last.
            form: In which of the forms that the platform knows, for example ``chat_message``; without it the usual one.

        Returns:
            The run, for `Answer Arrives In Time`.
        """
        run = Run.of(user, question, self._thread_of(thread), form)
        world().handles.append(run)
        runtime.run(run.send())
        return run

    @keyword
    def language_model_takes_its_time(self, user: User, delay: timedelta) -> None:
        """Let the mocked language model think before it writes the user's next report.

        Args:
            user: The user; their mark in the question selects the delay.
            delay: How long it thinks.
        """
        runtime.run(world().llm.script(user.canary, [{"delay_s": delay.total_seconds()}], for_task="report"))

    @keyword
    def prepare_asking(self, user: User, question: str, thread: Run | None = None) -> Prepared:
        """Have a question ready for `At The Same Time`.

        Args:
            user: Who asks; connected.
            question: The question, in plain words.
            thread: An earlier run in whose thread to ask.

        Returns:
            The prepared action.
        """
        run = Run.of(user, question, self._thread_of(thread))

        async def act() -> None:
            world().handles.append(run)
            await run.send()

        prepared = Prepared(run, act)
        world().prepared.append(prepared)
        return prepared

    @keyword
    def acknowledgement_arrives(self, run: Run) -> None:
        """Wait until the platform says that it has stored the question; where it never does, until its run begins.

        Args:
            run: The question.

        Raises:
            PromiseBroken: It did not come, or later than limit-message_processing (else limit-first_event).
        """
        frame = runtime.run(_acknowledged(run))
        run.thread_id = frame.thread_id
        world().keep_limit(_first_sign(), seconds_since(run.sent_ns, frame.at_ns), f"acknowledgement of {run}")

    @keyword
    def answer_arrives_in_time(self, run: Run) -> dict[str, Any]:
        """Wait until a question is answered, in good health and inside the limits.

        Args:
            run: The question.

        Returns:
            The answer: ``summary``, ``findings``, ``recommendations``, ``total_monthly_saving``, ``period``.

        Raises:
            PromiseBroken: The run failed, was stopped, ended degraded, or missed a limit.
        """
        run.awaited = True
        end = runtime.run(_ended(run))
        run.thread_id = end.thread_id
        status = end.data.get("status")
        if end.type != "agent_completed" or status != "completed":
            cause = as_text(end.data.get("error") or end.data.get("missing") or "")
            raise PromiseBroken(f"{run} ended with {end.type} ({status or 'no status'}): {cause}")
        self._keep_the_limits(run, end)
        return run.result()

    @keyword
    def all_answers_arrive_in_time(self, *runs: Run) -> None:
        """Wait until every question is answered, in good health and inside the limits.

        Args:
            *runs: The questions.

        Raises:
            PromiseBroken: One of them was not; the message names it.
        """
        for run in runs:
            run.awaited = True
        for run in runs:
            self.answer_arrives_in_time(run)

    @keyword
    def five_events_came_in_order(self, *runs: Run) -> None:
        """Check that the user could watch the agents work: five events, in order, paired, and nothing after the end.

        Args:
            *runs: Questions whose answers have arrived.

        Raises:
            PromiseBroken: A rule of contract section 3 is broken; the message names each one.
        """
        for run in runs:
            shown = {frame.type for frame in run.frames().frames}
            broken = [f"{event} is missing" for event in FIVE_EVENTS if event not in shown]
            broken += map(str, judge_connection(run.channel, world().target.not_offered))
            if broken:
                raise PromiseBroken(f"The events of {run} break {len(broken)} promise(s):\n" + "\n".join(broken))
            logger.info(f"{len(run.frames().frames)} frames of {run} keep every rule, the five events in order.")

    @keyword
    def events_came_while_the_agents_worked(self, run: Run, at_least: timedelta) -> None:
        """Check that events were sent when they happened, not held back until the end of the run.

        Half of the time is asked for: so no busy machine turns this red, and held-back events come within milliseconds.

        Args:
            run: A question whose answer has arrived.
            at_least: How long the agents cannot have taken less, for example what the language model was told to take.

        Raises:
            PromiseBroken: All events came together.
        """
        seen_s, needed_s = watched_s(run.frames()), at_least.total_seconds() / 2
        if seen_s < needed_s:
            raise PromiseBroken(
                f"The agents worked on {run} for {at_least.total_seconds():g} s or more, but all of their events came"
                f" within {seen_s:.2f} s: they were held back."
            )

    @keyword
    def every_run_has_its_own_ids(self, *runs: Run) -> None:
        """Check that run_id, request_id and trace_id were made anew for every question.

        Args:
            *runs: Two or more questions that were acknowledged.

        Raises:
            PromiseBroken: Two of them share an id.
        """
        findings = shared_run_ids([run.frames() for run in runs])
        if findings:
            raise PromiseBroken("Ids are not made anew for every question:\n" + "\n".join(findings))

    @keyword
    def nothing_is_missing_in_the_thread(self, *runs: Run) -> None:
        """Check that the frames of a thread arrived as seq 1, 2, 3 … without gap or repeat.

        Args:
            *runs: The runs of one thread, asked on one socket, from its first.

        Raises:
            PromiseBroken: A frame is missing, doubled or out of order, or the runs are not of one thread.
        """
        threads = {run.thread_id for run in runs}
        if len(threads) != 1:
            raise PromiseBroken(f"The questions went to {len(threads)} threads instead of one.")
        received = runs[0].channel.received()
        findings = broken_thread_seq([frame for frame in received if frame.thread_id == runs[0].thread_id])
        if findings:
            raise PromiseBroken("Frames of the thread are missing, doubled or out of order:\n" + "\n".join(findings))

    @keyword
    def answer_states(self, run: Run, metric: str, value: Decimal) -> None:
        """Check that the answer states a figure, in its findings and in its words, and took it from a tool.

        Args:
            run: A question whose answer has arrived.
            metric: The finding's name, for example ``total_cost``.
            value: The true figure.

        Raises:
            PromiseBroken: The figure is missing, differs, is not said in the summary, or no tool call gave it.
        """
        result = run.result()
        if not world().target.offers("result"):
            self._says_what_a_tool_found(run, value)
            return
        findings = {finding.get("metric"): finding for finding in result.get("findings", [])}
        if metric not in findings:
            raise PromiseBroken(f"The answer to {run} has no {metric}; it has {', '.join(map(str, findings))}.")
        stated = Decimal(str(findings[metric]["value"]))
        if stated != value:
            raise PromiseBroken(f"The answer to {run} says {metric} = {stated}; the truth is {value}.")
        if not says(str(result.get("summary", "")), value):
            raise PromiseBroken(f"The summary does not say {value}: {result.get('summary')}")
        source = findings[metric].get("source_tool_call_id")
        calls = {frame.data.get("tool_call_id"): frame.data for frame in run.frames().of_type("tool_completed")}
        if source not in calls:
            raise PromiseBroken(f"{metric} claims to come from tool call {source}, which never completed in this run.")
        if not holds(calls[source].get("result"), value):
            tool = calls[source].get("tool_name")
            raise PromiseBroken(f"{metric} claims to come from {tool} ({source}), whose result does not hold {value}.")
        logger.info(f"{metric} = {stated} is true, said in words, and comes from tool call {source}.")

    @keyword
    def answer_is_about_the_month(self, run: Run, month: str) -> None:
        """Check that the answer names the period it is about: that month, from its first day to its last.

        Args:
            run: A question whose answer has arrived.
            month: Year and month, for example ``2026-05``.

        Raises:
            PromiseBroken: It names another period, or none.
        """
        first, last = month_of(month)
        promised = {"from": first.isoformat(), "to": last.isoformat()}
        if not world().target.offers("result"):
            name = f"{first:%B}"
            if name not in str(run.result().get("summary")):
                raise PromiseBroken(f"The answer to {run} does not speak of {name}: {run.result().get('summary')}")
        elif run.result().get("period") != promised:
            raise PromiseBroken(f"The answer to {run} is about {run.result().get('period')}, asked was {promised}.")

    @keyword
    def answer_recommends(self, run: Run, model_from: str, model_to: str, saving: Decimal) -> None:
        """Check that the answer recommends a cheaper model, with the true saving, in its fields and in its words.

        Args:
            run: A question about one model whose answer has arrived.
            model_from: The model in use.
            model_to: The cheaper one.
            saving: What it saves, US dollars a month.

        Raises:
            PromiseBroken: The advice is missing, differs, its sum differs, or the summary does not say it.
        """
        result = run.result()
        if not world().target.offers("result"):
            self._says(run, saving, model_from, model_to)
            return
        promised = [(model_from, model_to, saving)]
        advised = [
            (advice.get("model_from"), advice.get("model_to"), Decimal(str(advice.get("monthly_saving"))))
            for advice in result.get("recommendations") or []
        ]
        if advised != promised:
            raise PromiseBroken(f"The answer to {run} recommends {_advice(advised)}; the truth is {_advice(promised)}.")
        total = Decimal(str(result.get("total_monthly_saving")))
        if total != saving:
            raise PromiseBroken(f"The answer to {run} says total_monthly_saving = {total}; the truth is {saving}.")
        if not says(str(result.get("summary", "")), saving):
            raise PromiseBroken(f"The summary does not say {saving}: {result.get('summary')}")
        logger.info(f"From {model_from} to {model_to} saves {saving} a month: true, and said in words.")

    @keyword
    def answer_is_worth_having(self, run: Run, *subjects: str) -> None:
        """Check that an answer says something: about the subject, with a figure, and with what to do.

        Args:
            run: A question whose answer has arrived.
            *subjects: Words of the question that the summary must take up.

        Raises:
            PromiseBroken: It is empty talk; the message says in what respect.
        """
        result = run.result()
        summary = str(result.get("summary", ""))
        problems = [f"it does not speak of {word}" for word in subjects if word.casefold() not in summary.casefold()]
        if len(summary) < SHORTEST_SUMMARY:
            problems.append(f"its summary has {len(summary)} characters")
        if world().target.offers("result"):
            problems += self._missing_parts(run)
        elif not any(character.isdigit() for character in summary):
            problems.append("it has no figure")
        if problems:
            raise PromiseBroken(f"The answer to {run} is not worth having: {'; '.join(problems)}. Summary: {summary!r}")

    @staticmethod
    def _missing_parts(run: Run) -> list[str]:
        result, problems = run.result(), []
        if not result.get("findings"):
            problems.append("it has no findings")
        if not all(advice.get("action") for advice in result.get("recommendations") or [{}]):
            problems.append("it recommends nothing")
        acknowledgement = run.acknowledgement
        message_id = acknowledgement.data.get("message_id") if acknowledgement else None
        if result.get("answer_to") != message_id:
            problems.append(f"it answers message {result.get('answer_to')}, asked was {message_id}")
        return problems

    @staticmethod
    def _says(run: Run, value: Decimal, *words: str) -> None:
        """Hold the words of an answer without structure against the truth."""
        summary = str(run.result().get("summary", ""))
        missing = [word for word in words if word.casefold() not in summary.casefold()]
        if missing or not says(summary, value):
            told = " and ".join([*missing, *([] if says(summary, value) else [str(value)])])
            raise PromiseBroken(f"The answer to {run} does not say {told}: {summary}")

    def _says_what_a_tool_found(self, run: Run, value: Decimal) -> None:
        self._says(run, value)
        calls = run.frames().of_type("tool_completed")
        if not any(holds(frame.data.get("result"), value) for frame in calls):
            raise PromiseBroken(f"No tool result of {run} holds {value}, which its answer says.")
        logger.info(f"{value} is true, said in words, and held by a tool's result.")

    @staticmethod
    def _thread_of(earlier: Run | None) -> str | None:
        return earlier.thread_id if earlier else None

    @staticmethod
    def _keep_the_limits(run: Run, end: Frame) -> None:
        frames, clock = run.frames(), world().clock
        for frame in frames.of_type(*FIVE_EVENTS)[:1]:
            world().keep_limit("first_event", seconds_since(run.sent_ns, frame.at_ns), f"first event of {run}")
        for started in frames.of_type("agent_started"):
            world().keep_limit("agent_run_standard", seconds_since(started.at_ns, end.at_ns), f"the run of {run}")
        for frame in frames.frames:
            if clock is not None and (underway_s := clock.underway_s(frame)) is not None:
                world().keep_limit("event_delivery", underway_s, f"delivery of {frame.type} (seq {frame.seq}) of {run}")


def _advice(advised: list[tuple[Any, Any, Decimal]]) -> str:
    return "; ".join(f"{old} to {new}, {saving} a month" for old, new, saving in advised) or "nothing"
