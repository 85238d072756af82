"""Optimization: works out what could be saved on the usage that Data found."""

from typing import Any

from sut.agents.agent import HandOver, StepFailure, StepVoice, counted
from sut.agents.interface import RunRequest
from sut.agents.toolbox import ToolAnswer, Toolbox
from sut.agents.understanding import Understanding
from sut.common.errors import PlatformError


class OptimizationAgent:
    """Compares models by price, with `price_catalog` and `savings_calculator`.

    Args:
        tools: The run's tools.
    """

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    async def work(self, request: RunRequest, handed: HandOver, voice: StepVoice) -> dict[str, Any]:
        """Work out savings; see `Agent.work`.

        Returns:
            ``recommendations`` and ``total_monthly_saving`` (contract section 5).

        Raises:
            StepFailure: A tool failed for good.
        """
        understood = Understanding.from_dict(handed["triage"]["understood"])
        usage = handed["data"]["usage"]
        await voice.say(
            f"I look up prices and compare {counted(len(usage), 'model')} with cheaper ones for the same tokens."
        )
        prices = await self._prices(voice)
        savings = await self._tools.call(
            voice,
            "savings_calculator",
            {
                "from": understood.period.first.isoformat(),
                "to": understood.period.last.isoformat(),
                "usage": usage,
                "price_source": prices["source"],
                "prices": prices["prices"],
                "model_to": understood.subject.model_to,
            },
        )
        return _result(savings)

    async def _prices(self, voice: StepVoice) -> dict[str, Any]:
        """Fetch prices; when the price service fails, the stored ones count, and the user is told."""
        answer = await self._tools.call(voice, "price_catalog", {"source": "service"})
        if answer.error is not None:
            await voice.say("The price service does not answer. I use the prices that the platform keeps.")
            answer = await self._tools.call(voice, "price_catalog", {"source": "stored"})
        return _result(answer)


def _result(answer: ToolAnswer) -> dict[str, Any]:
    if answer.result is None:
        error = PlatformError("SERVICE_UNAVAILABLE", f"Savings could not be worked out: {answer.error}.")
        raise StepFailure(error)
    return answer.result
