"""Keywords about answers: true, on topic, worth having, consistent, and honest about what is missing."""

from decimal import Decimal

from robot.api import logger
from robot.api.deco import keyword

from goldenpath.answers.agreement import carried_over, disagreements, forgotten
from goldenpath.answers.answer import Answer, Fact, Question
from goldenpath.answers.figures import METRIC_UNITS
from goldenpath.answers.grounded import ungrounded
from goldenpath.answers.kinds import Kind, kind_of
from goldenpath.answers.useful import not_actionable, off_topic
from goldenpath.errors import PromiseBroken, UsageError
from goldenpath.handles import Run
from goldenpath.keyword_library import keyword_library
from goldenpath.oracle import month_of


def _answer(run: Run) -> Answer:
    ended = run.frames().of_type("agent_completed")
    result = run.result()
    return Answer(
        str(result.get("summary") or ""),
        findings=result.get("findings") or [],
        recommendations=result.get("recommendations") or [],
        tool_results={
            str(frame.data.get("tool_call_id")): frame.data.get("result")
            for frame in run.frames().of_type("tool_completed")
        },
        status=str(ended[0].data.get("status") or "") if ended else "",
        period=result.get("period") or {},
    )


def _facts(figures: dict[str, Decimal]) -> list[Fact]:
    unknown = [metric for metric in figures if metric not in METRIC_UNITS]
    if unknown:
        raise UsageError(f"There is no figure called {unknown[0]}. Known: {', '.join(METRIC_UNITS)}.")
    return [Fact(metric, value, METRIC_UNITS[metric]) for metric, value in figures.items()]


def _refuse(run: Run, in_what: str, problems: list[str]) -> None:
    if problems:
        said = _answer(run).text
        raise PromiseBroken(f"The answer to {run} is not {in_what}: {'; '.join(problems)}. It says: {said!r}")
    logger.info(f"The answer to {run} is {in_what}.")


@keyword_library
class AnswerLibrary:
    """What an answer says, held against the question, the truth, and other answers; no language model judges it."""

    @keyword
    def answer_is_grounded(self, run: Run, **figures: Decimal) -> None:
        """Check that an answer states the true figures, and that each figure in it comes from a tool of its run.

        Args:
            run: A question whose answer has arrived.
            **figures: What it has to state, for example ``total_cost=${truth}``.

        Raises:
            PromiseBroken: A figure is missing, wrong, in another unit, denied, or comes from nowhere.
        """
        facts = tuple(_facts(figures))
        _refuse(run, "grounded", ungrounded(_answer(run), Question(run.question, facts=facts)))

    @keyword
    def answer_is_on_topic(self, run: Run, subject: str, month: str) -> None:
        """Check that an answer speaks of the subject and the month asked for, of no other, and says something new.

        Args:
            run: A question whose answer has arrived.
            subject: What was asked about, for example ``gpt-4o``.
            month: Year and month, for example ``2026-05``.

        Raises:
            PromiseBroken: It speaks of something else, repeats the question, or is padding.
        """
        question = Question(run.question, subject, frozenset({month_of(month)[0].month}))
        _refuse(run, "on topic", off_topic(_answer(run), question))

    @keyword
    def answer_is_actionable(self, run: Run, subject: str) -> None:
        """Check that an answer says what to do, with what, and what it brings.

        Args:
            run: A question about savings whose answer has arrived.
            subject: What was asked about, for example ``gpt-4o``.

        Raises:
            PromiseBroken: Action, subject or figure is missing.
        """
        _refuse(run, "actionable", not_actionable(_answer(run), Question(run.question, subject)))

    @keyword
    def answers_agree(self, *runs: Run) -> None:
        """Check that answers to paraphrases of one question state the same facts.

        Args:
            *runs: Two or more questions whose answers have arrived.

        Raises:
            PromiseBroken: A figure, a month or a recommendation differs.
        """
        if len(runs) < 2:
            raise UsageError("`Answers Agree` compares two or more runs.")
        _refuse(runs[-1], f"in agreement with {runs[0]}", disagreements([_answer(run) for run in runs]))

    @keyword
    def answer_takes_up(self, run: Run, **figures: Decimal) -> None:
        """Check that an answer takes up what was said earlier in its thread.

        Args:
            run: A later question of the thread whose answer has arrived.
            **figures: What was said, for example ``monthly_budget=5000``.

        Raises:
            PromiseBroken: It is missing, denied, or came back as another figure.
        """
        _refuse(run, "mindful of its thread", forgotten(_answer(run), _facts(figures)))

    @keyword
    def answer_does_not_take_up(self, run: Run, **figures: Decimal) -> None:
        """Check that an answer holds nothing that was said in another thread.

        Args:
            run: A question of another thread whose answer has arrived.
            **figures: What was said elsewhere, for example ``monthly_budget=5000``.

        Raises:
            PromiseBroken: It stands in the answer.
        """
        _refuse(run, "free of other threads", carried_over(_answer(run), _facts(figures)))

    @keyword
    def answer_is_a(self, kind: Kind, run: Run) -> None:
        """Check what kind of answer it is: a real one, a refusal, or a degraded one that says so.

        Args:
            kind: ``answer``, ``refusal``, ``degraded`` or ``empty``.
            run: A question whose answer has arrived.

        Raises:
            PromiseBroken: It is of another kind; a canned success is empty.
        """
        seen = kind_of(_answer(run))
        _refuse(run, f"of the kind {kind}", [] if seen is kind else [f"it is of the kind {seen}"])
