"""Keywords about questions, the agents' work on them, and answers."""

from decimal import Decimal
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Prepared, Run, User, as_text, seconds_since
from goldenpath.history.frame import Frame
from goldenpath.history.rules import FIVE_EVENTS, broken_run_rules, broken_thread_seq
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.world import world

# An answer worth having says something: shorter is a phrase, not an answer.
SHORTEST_SUMMARY = 50


async def _acknowledged(run: Run) -> Frame:
    return await run.channel.wait_for(run.acknowledges, limit("message_processing").max_s, f"acknowledgement of {run}")


async def _ended(run: Run) -> Frame:
    await _acknowledged(run)
    return await run.channel.wait_for(run.ends, limit("agent_run_standard").max_s, f"end of {run}")


@keyword_library
class AgentLibrary:
    """Questions, the events of their runs, and answers."""

    @keyword
    def start_asking(self, user: User, question: str, thread: Run | None = None) -> Run:
        """Send a question and go on at once.

        Args:
            user: Who asks; connected.
            question: The question, in plain words.
            thread: An earlier run in whose thread to ask; without it the thread that the socket used last.

        Returns:
            The run, for `Answer Arrives In Time`.
        """
        run = Run.of(user, question, self._thread_of(thread))
        world().handles.append(run)
        runtime.run(run.send())
        return run

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
        """Wait until the platform says that it has stored the question.

        Args:
            run: The question.

        Raises:
            PromiseBroken: It did not come, or later than limit-message_processing.
        """
        frame = runtime.run(_acknowledged(run))
        run.thread_id = frame.thread_id
        limit("message_processing").check(seconds_since(run.sent_ns, frame.at_ns), f"acknowledgement of {run}")

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
    def five_events_came_in_order(self, run: Run) -> None:
        """Check that the user could watch the agents work: five events, in order, paired, and nothing after the end.

        Args:
            run: A question whose answer has arrived.

        Raises:
            PromiseBroken: A rule of contract section 3 is broken; the message names each one.
        """
        broken = broken_run_rules(run.frames())
        if broken:
            raise PromiseBroken(f"The events of {run} break {len(broken)} rule(s):\n" + "\n".join(broken))
        logger.info(f"{len(run.frames().frames)} frames keep every rule; the five events: {', '.join(FIVE_EVENTS)}.")

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
        received = [frame for frame in runs[0].channel.frames if frame.direction == "in"]
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
        findings = {finding.get("metric"): finding for finding in result.get("findings", [])}
        if metric not in findings:
            raise PromiseBroken(f"The answer to {run} has no {metric}; it has {', '.join(map(str, findings))}.")
        stated = Decimal(str(findings[metric]["value"]))
        if stated != value:
            raise PromiseBroken(f"The answer to {run} says {metric} = {stated}; the truth is {value}.")
        if not _says(str(result.get("summary", "")), value):
            raise PromiseBroken(f"The summary does not say {value}: {result.get('summary')}")
        calls = {frame.data.get("tool_call_id") for frame in run.frames().of_type("tool_completed")}
        source = findings[metric].get("source_tool_call_id")
        if source not in calls:
            raise PromiseBroken(f"{metric} claims to come from tool call {source}, which never completed in this run.")
        logger.info(f"{metric} = {stated} is true, said in words, and comes from tool call {source}.")

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
        if not result.get("findings"):
            problems.append("it has no findings")
        if not all(advice.get("action") for advice in result.get("recommendations") or [{}]):
            problems.append("it recommends nothing")
        acknowledgement = run.acknowledgement
        message_id = acknowledgement.data.get("message_id") if acknowledgement else None
        if result.get("answer_to") != message_id:
            problems.append(f"it answers message {result.get('answer_to')}, asked was {message_id}")
        if problems:
            raise PromiseBroken(f"The answer to {run} is not worth having: {'; '.join(problems)}. Summary: {summary!r}")

    @staticmethod
    def _thread_of(earlier: Run | None) -> str | None:
        return earlier.thread_id if earlier else None

    @staticmethod
    def _keep_the_limits(run: Run, end: Frame) -> None:
        frames = run.frames()
        for frame in frames.of_type(*FIVE_EVENTS)[:1]:
            limit("first_event").check(seconds_since(run.sent_ns, frame.at_ns), f"first event of {run}")
        for started in frames.of_type("agent_started"):
            limit("agent_run_standard").check(seconds_since(started.at_ns, end.at_ns), f"the run of {run}")


def _says(text: str, value: Decimal) -> bool:
    """Tell whether a text holds a figure, with or without separators between thousands."""
    return str(value) in text.replace(",", "")
