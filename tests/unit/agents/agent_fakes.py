"""In-memory stand-ins for what lies around the agents: the journal, the usage data, the LLM."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import httpx

from sut.agents.interface import RunRequest, Step, Turn, UsageFilter, UsageRow
from sut.agents.parts import AgentLinks, AgentParts, AgentSettings, build_parts
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.timing import pause

NEWEST = date(2026, 6, 30)
ROWS = [
    UsageRow("openai", "gpt-4o", 1000, 2_000_000, 400_000, Decimal("8.765432"), 1000.5),
    UsageRow("openai", "gpt-4o-mini", 3000, 3_000_000, 500_000, Decimal("0.745000"), 500.0),
    UsageRow("anthropic", "claude-sonnet-4", 500, 1_000_000, 300_000, Decimal("7.115000"), 1500.0),
]


class MemoryJournal:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.on_tell: Callable[[str], Awaitable[None]] | None = None

    async def _tell(self, name: str, **data: Any) -> None:
        await pause(0)
        self.told.append((name, data))
        if self.on_tell:
            await self.on_tell(name)

    async def started(self, plan: list[str]) -> None:
        await self._tell("started", plan=plan)

    async def thinking(self, step: Step, reasoning: str, progress: float, retry: dict[str, Any] | None = None) -> None:
        await self._tell("thinking", agent=step.agent, reasoning=reasoning, progress=progress, retry=retry)

    async def tool_executing(self, step: Step, tool_call_id: str, tool_name: str, parameters: dict[str, Any]) -> None:
        json.dumps(parameters)
        await self._tell("tool_executing", agent=step.agent, id=tool_call_id, tool=tool_name, parameters=parameters)

    async def tool_completed(
        self, step: Step, tool_call_id: str, tool_name: str, status: str, result: Any, duration_ms: int
    ) -> None:
        json.dumps(result)
        await self._tell(
            "tool_completed", agent=step.agent, id=tool_call_id, tool=tool_name, status=status, result=result
        )

    async def step_done(self, step: Step, result: dict[str, Any]) -> None:
        assert json.loads(json.dumps(result)) == result
        await self._tell("step_done", agent=step.agent, number=step.number, result=result)

    async def step_failed(self, step: Step, error: PlatformError) -> None:
        await self._tell("step_failed", agent=step.agent, code=error.code)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [data for told, data in self.told if told == name]


@dataclass
class MemoryUsage:
    """Usage of one tenant, the same in every period; keeps what was asked."""

    rows: list[UsageRow] = field(default_factory=lambda: list(ROWS))
    newest: date | None = NEWEST
    failing: Callable[[], Exception | None] = lambda: None
    gate: asyncio.Event | None = None
    gate_opens_at: int = 0
    asked: list[UsageFilter] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0

    async def usage_by_model(self, wanted: UsageFilter) -> list[UsageRow]:
        self.asked.append(wanted)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        if self.gate and self._at_once == self.gate_opens_at:
            self.gate.set()
        try:
            await (self.gate.wait() if self.gate else pause(0))
            if error := self.failing():
                raise error
        finally:
            self._at_once -= 1
        return [
            row for row in self.rows if wanted.model in {None, row.model} and wanted.provider in {None, row.provider}
        ]

    async def newest_day(self) -> date | None:
        return self.newest


def stream(text: str, *, done: bool = True) -> httpx.Response:
    chunks = [{"choices": [{"delta": {"content": text[start : start + 7]}}]} for start in range(0, len(text), 7)]
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return httpx.Response(200, text="".join(lines) + ("data: [DONE]\n\n" if done else ""))


PRICES = {
    "currency": "USD",
    "prices": [
        {"provider": "openai", "model": "gpt-4o", "input_per_million": 2.5, "output_per_million": 10},
        {"provider": "openai", "model": "gpt-4o-mini", "input_per_million": 0.15, "output_per_million": 0.6},
        {"provider": "anthropic", "model": "claude-sonnet-4", "input_per_million": 3, "output_per_million": 15},
        {"provider": "anthropic", "model": "claude-haiku-4", "input_per_million": 0.8, "output_per_million": 4},
    ],
}


class FakeLlm:
    """Answers prompts as scripted, and well-behaved otherwise; serves prices too."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[httpx.Response | Exception | str]] = {"triage": [], "report": []}
        self.requests: list[tuple[str, dict[str, Any], httpx.Headers]] = []
        self.prices: Callable[[], httpx.Response] = lambda: httpx.Response(200, json=PRICES)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/prices":
            return self.prices()
        body = json.loads(request.content)
        system = body["messages"][0]["content"]
        task = "triage" if "Task: triage\n" in system else "report"
        self.requests.append((task, body, request.headers))
        if self.scripts[task]:
            reply = self.scripts[task].pop(0)
            if isinstance(reply, Exception):
                raise reply
            return stream(reply) if isinstance(reply, str) else reply
        if task == "triage":
            return stream('{"intent": null, "plan": ["triage", "data", "optimization", "report"]}')
        return stream("Gladly. " + " ".join(line[2:] for line in system.splitlines() if line.startswith("- ")))

    def prompts(self, task: str) -> list[list[dict[str, str]]]:
        return [body["messages"] for asked, body, _ in self.requests if asked == task]


def parts_for(llm: FakeLlm, usage: MemoryUsage, **settings: Any) -> AgentParts:
    links = AgentLinks(httpx.MockTransport(llm))
    named = {"llm_url": "http://llm.test", "prices_url": "http://llm.test/v1/prices", **settings}
    parts = build_parts(AgentSettings(**named), usage, links)
    return AgentParts(parts.usage, parts.llm, parts.tools, lambda: date(2026, 11, 21))


def ask(content: str, *history: Turn) -> RunRequest:
    return RunRequest(
        run_id=new_id(),
        thread_id=new_id(),
        message_id=new_id(),
        user_id=new_id(),
        tenant_id=new_id(),
        content=content,
        trace_id="0af7651916cd43dd8448eb211c80319c",
        history=history,
    )
