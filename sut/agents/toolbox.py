"""Calls tools: chooses, tells, limits in time, tries again, and tells the end of each call, also of a cancelled one."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sut.agents.agent import StepVoice
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.timing import pause

log = logging.getLogger(__name__)

Tool = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
T = TypeVar("T")

RETRY_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """How a call ended: with a ``result``, or with an ``error`` in plain words."""

    tool_call_id: str
    result: dict[str, Any] | None
    error: str | None = None


class Toolbox:
    """The tools of one run.

    Args:
        tools: Name -> tool.
        timeout_s: Seconds for one try.
        retries: How often a call that failed is made again.
    """

    def __init__(self, tools: Mapping[str, Tool], timeout_s: float, retries: int) -> None:
        self._tools = tools
        self._timeout_s = timeout_s
        self._retries = retries

    def choose(self, name: str) -> Tool:
        """Choose the tool for a call.

        Args:
            name: A name of the catalog.

        Returns:
            The tool.

        Raises:
            PlatformError: ``AGENT_UNAVAILABLE``: there is no such tool in this run.
        """
        try:
            return self._tools[name]
        except KeyError:
            raise PlatformError("AGENT_UNAVAILABLE", f"The tool {name!r} is not available.") from None

    async def call(self, voice: StepVoice, name: str, parameters: dict[str, Any]) -> ToolAnswer:
        """Call a tool, again when it fails. Each try is a call of its own, with its own id.

        Args:
            voice: The step that calls.
            name: The tool.
            parameters: What it is asked, as JSON.

        Returns:
            The end of the last try.

        Raises:
            PlatformError: There is no such tool.
        """
        tool = self.choose(name)
        answer = await self._one_call(voice, name, tool, parameters)
        for number in range(1, self._retries + 1):
            if answer.error is None:
                break
            await pause(RETRY_PAUSE_S * number)
            answer = await self._one_call(voice, name, tool, parameters)
        return answer

    async def _one_call(self, voice: StepVoice, name: str, tool: Tool, parameters: dict[str, Any]) -> ToolAnswer:
        call_id = str(new_id())
        journal, step = voice.journal, voice.step
        started = time.monotonic()

        def elapsed_ms() -> int:
            return round((time.monotonic() - started) * 1000)

        try:
            await _to_the_end(journal.tool_executing(step, call_id, name, parameters))
            result, error = await self._try(tool, name, parameters)
        except asyncio.CancelledError:
            try:
                await journal.tool_completed(step, call_id, name, "cancelled", None, elapsed_ms())
            except Exception:
                log.warning("the end of tool call %s could not be told", call_id, exc_info=True)
            raise
        if error is None:
            await _to_the_end(journal.tool_completed(step, call_id, name, "ok", result, elapsed_ms()))
        else:
            told = {"error": error}
            await _to_the_end(journal.tool_completed(step, call_id, name, "failed", told, elapsed_ms()))
        return ToolAnswer(call_id, result, error)

    async def _try(self, tool: Tool, name: str, parameters: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await tool(parameters), None
        except TimeoutError:
            return None, f"no answer within {self._timeout_s:g} s"
        except PlatformError as error:
            log.warning("tool %s failed: %s", name, error)
            return None, error.message
        except Exception:
            # A defect in a tool ends its call, not the user's run in silence.
            log.exception("tool %s broke", name)
            return None, "the tool broke"


async def _to_the_end(telling: Coroutine[Any, Any, T]) -> T:
    """Finish telling a frame even when the run is stopped meanwhile: half told, nobody would know what was told."""
    task = asyncio.ensure_future(telling)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if task.exception() is not None:
            log.warning("a frame could not be told: %s", task.exception())
        raise


async def side_by_side(*calls: Coroutine[Any, Any, ToolAnswer]) -> list[ToolAnswer]:
    """Run calls at the same time; when one cannot be made at all, the others are cancelled.

    Args:
        *calls: Calls of `Toolbox.call`.

    Returns:
        Their ends, in the same order.

    Raises:
        Exception: The first thing that kept a call from being made or told.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
