"""Triage: what is asked, about whom, about when, and who works on it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sut.agents.agent import HandOver, StepVoice, counted
from sut.agents.interface import RunRequest, UsageReader
from sut.agents.llm import LlmClient, first_json_object
from sut.agents.plan import check_plan
from sut.agents.prompts import triage_prompt
from sut.agents.understanding import Understanding, recall, understand
from sut.common.errors import PlatformError

_IN_WORDS = {
    "spend": "what was spent",
    "cost_breakdown": "how the cost breaks down by model",
    "savings": "what could be saved",
    "usage": "how much was used",
    "latency": "how fast the answers came",
}


class TriageAgent:
    """Reads the question by rules and asks the LLM for what the rules do not see.

    Args:
        llm: The LLM.
        usage: Tells the newest day with usage, which "last month" counts from.
        today: Gives the current day (UTC).
    """

    def __init__(self, llm: LlmClient, usage: UsageReader, today: Callable[[], date]) -> None:
        self._llm = llm
        self._usage = usage
        self._today = today

    async def work(self, request: RunRequest, handed: HandOver, voice: StepVoice) -> dict[str, Any]:
        """Understand the question; see `Agent.work`.

        Returns:
            ``understood`` (see `Understanding`) and ``plan`` (agent names).
        """
        earlier = sum(turn.role == "user" for turn in request.history)
        context = f" together with {counted(earlier, 'earlier question')} of this thread" if earlier else ""
        await voice.say(f"I read your question{context} to see what it asks, about which models and which period.")
        today = self._today()
        newest = await self._usage.newest_day() or today
        suggested = await self._ask(request, newest, voice)
        plan = check_plan(suggested.get("plan") if suggested else None)
        understood = understand(request.content, recall(request.history, newest, today), suggested, newest, today)
        await voice.say(_told(understood, plan))
        return {"understood": understood.as_dict(), "plan": list(plan)}

    async def _ask(self, request: RunRequest, newest: date, voice: StepVoice) -> dict[str, Any] | None:
        """Ask the LLM; without a usable answer the rules alone decide."""
        prompt = triage_prompt(request, newest.isoformat())
        try:
            return first_json_object(await self._llm.ask(prompt, voice.say_retry))
        except PlatformError as error:
            if error.code != "LLM_UNAVAILABLE":
                raise
            await voice.say("The language model cannot be reached. I go by my own rules for reading questions.")
            return None


def _told(understood: Understanding, plan: tuple[str, ...]) -> str:
    budget = f", against a monthly budget of {understood.monthly_budget:,} USD" if understood.monthly_budget else ""
    about = f"{understood.subject_label}, {understood.period.label}{budget}"
    return f"You want to know {_IN_WORDS[understood.intent]}: {about}. Plan: {', '.join(plan)}."
