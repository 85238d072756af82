"""Report: puts what was found into words."""

from typing import Any

from sut.agents.agent import HandOver, StepVoice, counted
from sut.agents.facts import Facts
from sut.agents.interface import RunRequest
from sut.agents.llm import LlmClient
from sut.agents.prompts import report_prompt


class ReportAgent:
    """Has the LLM write the answer, and lets it through only if it states the facts and no other figure.

    Args:
        llm: The LLM.
    """

    def __init__(self, llm: LlmClient) -> None:
        self._llm = llm

    async def work(self, request: RunRequest, handed: HandOver, voice: StepVoice) -> dict[str, Any]:
        """Write the answer; see `Agent.work`.

        Returns:
            ``summary``.

        Raises:
            PlatformError: ``LLM_UNAVAILABLE``.
        """
        facts = Facts.of(handed)
        await voice.say(
            f"I write the answer from {counted(len(facts.findings), 'finding')}"
            f" and {counted(len(facts.recommendations), 'recommendation')}."
        )
        text = await self._llm.ask(report_prompt(request, facts.sentences()), voice.say_retry)
        wrongs = facts.wrongs(text)
        if wrongs:
            await voice.say(
                f"The language model's text does not keep to the facts ({wrongs[0]}). I state them plainly."
            )
            text = compose_summary(facts)
        return {"summary": text}


def compose_summary(facts: Facts) -> str:
    """Write a plain answer without the LLM.

    Args:
        facts: What was found.

    Returns:
        The facts, one sentence each.
    """
    return " ".join(facts.sentences())
