import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from sut.backend.hub import Hub
from sut.backend.notify import RETRY_WAITS_S, Notifier, Webhook
from sut.backend.presence import Presence
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store.postgres import Database
from sut.store.run_events import Event

USER = Identity(new_id(), new_id(), new_id(), frozenset({"chat"}), datetime.now(UTC))
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Elsewhere:
    """Whether the user has a socket on another instance."""

    there: bool = False

    async def has(self, _user_id: UUID) -> bool:
        return self.there


class Books:
    """A store that only counts what was written."""

    def __init__(self) -> None:
        self.written = 0

    async def run(self, _identity: None, _work: object) -> None:
        self.written += 1


@dataclass
class OpenSocket:
    identity: Identity

    def deliver(self, event: Event, **added: object) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("sut.backend.notify.pause", pause)
    return waited


class Office:
    """A notifier whose webhook is the test."""

    def __init__(self, answers: list[int | Exception], url: str | None = "http://hook.test/ended") -> None:
        self.answers = answers
        self.calls: list[tuple[dict[str, Any], str]] = []
        self.hub, self.elsewhere, self.books = Hub(), Elsewhere(), Books()
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._take))
        webhook = Webhook(http, url) if url else None
        presence = cast(Presence, self.elsewhere)
        self.notifier = Notifier(cast(Database, self.books), webhook, self.hub, presence, run_lease_s=60)

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.calls.append((json.loads(request.content), request.headers["traceparent"]))
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    async def sees(self, kind: str, **data: Any) -> list[dict[str, Any]]:
        self.notifier.saw(event(kind, **data))
        await self.notifier.drain(5)
        return [body for body, _ in self.calls]


def event(kind: str, **data: Any) -> Event:
    return Event(
        id=new_id(),
        user_id=USER.user_id,
        thread_id=new_id(),
        run_id=new_id(),
        request_id=new_id(),
        seq=7,
        type=kind,
        data=data,
        trace_id=TRACE,
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("kind", "data", "state"),
    [
        ("agent_completed", {"status": "completed"}, "completed"),
        ("agent_completed", {"status": "degraded"}, "degraded"),
        ("agent_error", {}, "failed"),
        ("agent_stopped", {}, "stopped"),
    ],
)
async def test_every_end_is_told_in_its_trace(kind: str, data: dict[str, Any], state: str) -> None:
    office = Office([200])
    (told,) = await office.sees(kind, **data)
    assert (told["state"], told["trace_id"]) == (state, TRACE)
    assert office.calls[0][1].split("-")[1] == TRACE


async def test_nothing_but_an_end_is_told() -> None:
    assert await Office([]).sees("agent_thinking") == []


@pytest.mark.parametrize("trouble", [lambda: 500, lambda: 404, lambda: httpx.ConnectError("away")])
async def test_trouble_means_another_call_a_few_times_at_most(
    waits: list[float], trouble: Callable[[], int | Exception]
) -> None:
    office = Office([trouble() for _ in range(20)])
    assert len(await office.sees("agent_error")) == len(RETRY_WAITS_S) + 1
    assert office.books.written == 1
    assert waits == list(RETRY_WAITS_S)


async def test_success_is_the_last_call(waits: list[float]) -> None:
    assert len(await Office([503, 204, 503]).sees("agent_error")) == 2
    assert len(waits) == 1


async def test_nobody_is_told_while_the_user_looks() -> None:
    here = Office([])
    here.hub.add(OpenSocket(USER))
    assert await here.sees("agent_error") == []
    assert here.books.written == 1, "there is nothing to tell any more"
    elsewhere = Office([])
    elsewhere.elsewhere.there = True
    assert await elsewhere.sees("agent_error") == []


async def test_without_an_address_nobody_is_told() -> None:
    assert await Office([], url=None).sees("agent_error") == []
