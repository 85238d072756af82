"""What an agent is: it takes a request and what earlier agents handed over, says what it does, and gives a result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sut.agents.interface import AgentName, RunJournal, RunRequest, Step
from sut.common.errors import PlatformError

# Results of the finished steps by agent, as `RunJournal.step_done` stored them: JSON, so that a run can go on
# in another process.
HandOver = Mapping[AgentName, dict[str, Any]]


@dataclass(eq=False)
class StepFailure(Exception):  # noqa: N818 - it is an end of a step
    """The bad end of a step.

    Args:
        error: Why, in words for the user.
        result: What was found nevertheless, in the form of the step's result.
    """

    error: PlatformError
    result: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__init__(str(self.error))


class StepVoice:
    """Tells the thoughts of one step; the run's progress rises with each of them."""

    def __init__(self, journal: RunJournal, step: Step, steps_in_plan: int) -> None:
        self.journal = journal
        self.step = step
        self._steps = steps_in_plan
        self._said = 0

    async def say(self, reasoning: str, retry: dict[str, Any] | None = None) -> None:
        """Tell a thought.

        Args:
            reasoning: What the agent understood or is about to do.
            retry: Set when it is about to try something again: ``attempt``, ``wait_s``, ``reason``.
        """
        self._said += 1
        # Each thought covers half of what is left of the step: it rises always and never reaches the next step.
        progress = (self.step.number - 0.5**self._said) / self._steps
        await self.journal.thinking(self.step, reasoning, round(progress, 4), retry)

    async def say_retry(self, attempt: int, wait_s: float, reason: str) -> None:
        """Tell that the LLM is asked again.

        Args:
            attempt: The number of the retry, from 1.
            wait_s: Seconds until then.
            reason: What went wrong.
        """
        await self.say(
            f"The language model did not answer ({reason}). I ask again in {wait_s:g} s.",
            {"attempt": attempt, "wait_s": wait_s, "reason": reason},
        )


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    Args:
        number: How many.
        noun: In the singular.

    Returns:
        For example ``1 model``, ``6 models``.
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


class Agent(Protocol):
    """One of the agents that a plan names."""

    async def work(self, request: RunRequest, handed: HandOver, voice: StepVoice) -> dict[str, Any]:
        """Do the work of one step.

        Args:
            request: The question.
            handed: What the earlier agents found.
            voice: Tells thoughts and tool calls.

        Returns:
            The step's result, as JSON.

        Raises:
            StepFailure: The step failed and has something to hand over nevertheless.
            PlatformError: The step failed.
        """
