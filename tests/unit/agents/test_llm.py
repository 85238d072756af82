"""The LLM client: retries, time limits, the breaker."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from agent_fakes import stream

from sut.agents.breaker import FAILURES_TO_OPEN, OPEN_S, LlmBreaker
from sut.agents.llm import LlmClient, first_json_object
from sut.common.errors import PlatformError
from sut.common.timing import utc_now

Reply = Callable[[], httpx.Response]
PROMPT = [{"role": "user", "content": "hello"}]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """An LLM client with scripted replies; the last one is given for ever."""

    def __init__(self, *replies: Reply | httpx.Response, first_token_s: float = 5) -> None:
        self.replies = list(replies)
        self.calls = 0
        self.retries: list[tuple[int, float, str]] = []
        self.clock = Clock()
        self.breaker = LlmBreaker(self.clock)
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._serve))
        self.client = LlmClient(
            http, self.breaker, url="http://llm.test/v1", model="m", api_key=None, first_token_s=first_token_s
        )

    def _serve(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/chat/completions"
        self.calls += 1
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply() if callable(reply) else reply

    async def ask(self) -> str:
        async def note(attempt: int, wait_s: float, reason: str) -> None:
            self.retries.append((attempt, wait_s, reason))

        return await self.client.ask(PROMPT, note)


def status(code: int, **headers: str) -> Reply:
    return lambda: httpx.Response(code, headers={name.replace("_", "-"): value for name, value in headers.items()})


def raising(error: Exception) -> Reply:
    def reply() -> httpx.Response:
        raise error

    return reply


async def drip(*lines: str, then_hang: bool = False) -> AsyncIterator[bytes]:
    for line in lines:
        yield line.encode()
    if then_hang:
        await asyncio.Event().wait()


def token(text: str) -> str:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n"


async def test_pieces_are_put_together() -> None:
    assert await Desk(stream("The answer is 42, or so.")).ask() == "The answer is 42, or so."


@pytest.mark.parametrize(
    "trouble",
    [
        status(500),
        status(503),
        status(429),
        raising(httpx.ConnectError("refused")),
        raising(httpx.RemoteProtocolError("cut")),
        lambda: stream("half an ans", done=False),
        lambda: stream(""),
        lambda: httpx.Response(200, text='data: {"choices": [{"del\n\ndata: [DONE]\n\n'),
        lambda: httpx.Response(200, text='data: {"choices": [7]}\n\ndata: [DONE]\n\n'),
        lambda: httpx.Response(200, text="<html>"),
        lambda: stream("x" * 70_000),
    ],
)
async def test_trouble_is_tried_again_and_told(trouble: Reply, waits: list[float]) -> None:
    desk = Desk(trouble, trouble, trouble, stream("at last"))
    assert await desk.ask() == "at last"
    assert [(attempt, wait_s) for attempt, wait_s, _ in desk.retries] == [(1, 0.5), (2, 1.0), (3, 2.0)]
    assert all(reason for _, _, reason in desk.retries)
    assert waits == [0.5, 1.0, 2.0]


async def test_after_three_retries_it_gives_up(waits: list[float]) -> None:
    desk = Desk(status(500))
    with pytest.raises(PlatformError, match="LLM_UNAVAILABLE"):
        await desk.ask()
    assert desk.calls == 4


@pytest.mark.parametrize("code", [400, 401, 403, 404])
async def test_refusal_is_not_tried_again(code: int, waits: list[float]) -> None:
    desk = Desk(status(code))
    with pytest.raises(PlatformError, match="LLM_UNAVAILABLE"):
        await desk.ask()
    assert (desk.calls, desk.retries, desk.breaker.state) == (1, [], "closed")


async def test_retry_after_is_kept(waits: list[float]) -> None:
    in_a_while = format_datetime(utc_now() + timedelta(seconds=8), usegmt=True)
    desk = Desk(
        status(429, Retry_After="7"), status(503, Retry_After=in_a_while), status(429, Retry_After="soon"), stream("ok")
    )
    assert await desk.ask() == "ok"
    assert waits[0] == 7
    assert 5 < waits[1] <= 8
    assert waits[2] == 2.0


async def test_too_long_a_retry_after_is_not_waited_for(waits: list[float]) -> None:
    desk = Desk(status(429, Retry_After="3600"))
    with pytest.raises(PlatformError) as failed:
        await desk.ask()
    assert (desk.calls, waits, failed.value.retry_after_s) == (1, [], 3600)


@pytest.mark.parametrize("lines", [(), (token("The"),)])
async def test_silence_before_and_between_tokens_is_given_up(lines: tuple[str, ...], waits: list[float]) -> None:
    desk = Desk(lambda: httpx.Response(200, content=drip(*lines, then_hang=True)), stream("ok"), first_token_s=0.03)
    assert await desk.ask() == "ok"
    assert [reason for _, _, reason in desk.retries] == ["no token within 0.03 s"]


async def test_breaker_opens_stays_quiet_tries_once_and_closes(waits: list[float]) -> None:
    desk = Desk(*[status(500)] * FAILURES_TO_OPEN, stream("ok"))
    for _ in range(2):
        with pytest.raises(PlatformError):
            await desk.ask()
    assert (desk.calls, desk.breaker.state) == (FAILURES_TO_OPEN, "open")
    desk.clock.now += OPEN_S - 0.1
    with pytest.raises(PlatformError, match="left alone"):
        await desk.ask()
    assert desk.calls == FAILURES_TO_OPEN
    desk.clock.now += 0.2
    assert desk.breaker.state == "half_open"
    assert await desk.ask() == "ok"
    assert desk.breaker.state == "closed"


def test_half_open_lets_one_trial_through() -> None:
    clock = Clock()
    breaker = LlmBreaker(clock)
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.admit()
        breaker.failed()
    clock.now += OPEN_S
    assert [breaker.admit() for _ in range(3)] == [True, False, False]
    breaker.gave_up()
    assert breaker.admit(), "a trial that was stopped makes room for another"
    breaker.failed()
    assert breaker.state == "open"
    assert not breaker.admit()


def test_success_forgets_failures() -> None:
    breaker = LlmBreaker(Clock())
    for _ in range(3):
        for _ in range(FAILURES_TO_OPEN - 1):
            breaker.failed()
        breaker.succeeded()
    assert breaker.state == "closed"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Sure! {"a": {"b": []}} Anything else?', {"a": {"b": []}}),
        ("no", None),
        ("{", None),
        ("[" * 5000, None),
        ('{"a":' * 5000, None),
    ],
)
def test_first_json_object(text: str, found: object) -> None:
    assert first_json_object(text) == found
