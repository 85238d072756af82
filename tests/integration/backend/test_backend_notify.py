"""The webhook that is told of runs that end while nobody looks. Two instances, and a webhook that the test answers."""

import asyncio
import json
import secrets
import signal
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from backend_user import QUESTION, Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import NotYet, until

ENDED = ("completed", "failed", "stopped")


@dataclass
class Hook:
    """What the platform called, and how it is answered."""

    url: str = ""
    calls: defaultdict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    refuse: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                named = {name.lower(): value for name, value in headers.items()}
                body = json.loads(await reader.readexactly(int(named["content-length"])))
                self.calls[body["run_id"]].append({**body, "traceparent": named["traceparent"]})
                status = b"204 No Content"
                if self.refuse > 0:
                    self.refuse -= 1
                    status = b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()

    async def called(self, run_id: str, times: int = 1) -> list[dict[str, Any]]:
        async def look() -> list[dict[str, Any]]:
            if len(self.calls[run_id]) < times:
                raise NotYet(f"{len(self.calls[run_id])} calls")
            return self.calls[run_id]

        return await until(look, within_s=10, what=f"call {times} of the webhook")


async def nothing_is_left_to_tell(platform: EmbeddedPlatform) -> None:
    connection = await asyncpg.connect(platform.postgres_url)
    try:

        async def look() -> bool:
            left = await connection.fetchval("SELECT count(*) FROM runs WHERE notice_lease_until IS NOT NULL")
            if left:
                raise NotYet(f"{left} ends to tell")
            return True

        await until(look, within_s=15, what="that all ends are told")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    server = await asyncio.start_server(hook.answer, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ended"
    yield hook
    server.close()


@pytest.fixture(scope="module")
async def two(hook: Hook) -> AsyncIterator[EmbeddedPlatform]:
    options = PlatformOptions(instances=2, backend_options=("--notify-url", hook.url))
    running = await asyncio.to_thread(EmbeddedPlatform.start, options)
    yield running
    await asyncio.to_thread(running.stop)


@pytest.fixture
async def eve(two: EmbeddedPlatform, hook: Hook) -> AsyncIterator[Person]:
    hook.refuse = 0
    person = await new_person(two)
    yield person
    await person.leave()
    assert two.error_lines() == []


async def asked_unseen(eve: Person, content: str = QUESTION, instance: int = 0) -> str:
    base = eve.platform.backend_urls[instance]
    thread = (await eve.http.post(f"{base}/api/threads", json={}, headers=eve.headers)).json()
    answer = await eve.http.post(
        f"{base}/api/threads/{thread['id']}/messages",
        json={"content": content, "client_message_id": secrets.token_hex(8)},
        headers=eve.headers,
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


async def run_ended(eve: Person, run_id: str) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        run: dict[str, Any] = await eve.get(f"/api/runs/{run_id}")
        if run["state"] not in ENDED:
            raise NotYet(run["state"])
        return run

    return await until(look, within_s=10, what="the end of the run")


async def test_a_run_that_ends_unseen_calls_once(eve: Person, hook: Hook) -> None:
    run_id = await asked_unseen(eve)
    (call,) = await hook.called(run_id)
    run = await run_ended(eve, run_id)
    assert {name: call[name] for name in ("run_id", "thread_id", "user_id", "state", "trace_id")} == {
        "run_id": run_id,
        "thread_id": run["thread_id"],
        "user_id": eve.user_id,
        "state": "completed",
        "trace_id": run["trace_id"],
    }
    assert call["traceparent"].split("-")[1] == run["trace_id"]
    # a later run's call comes after any second call of this one would have come
    await hook.called(await asked_unseen(eve))
    await nothing_is_left_to_tell(eve.platform)
    assert len(hook.calls[run_id]) == 1


async def test_a_stopped_run_says_so(eve: Person, hook: Hook) -> None:
    marker = secrets.token_hex(4)
    async with LlmControl(eve.platform.llm_url, eve.platform.llm_token) as llm:
        await llm.script(marker, [{"delay_s": 8}])
        run_id = await asked_unseen(eve, f"{QUESTION} {LlmControl.marker_text(marker)}")
    assert (await eve.call("POST", f"/api/runs/{run_id}/stop")).status_code == 202
    assert (await hook.called(run_id))[0]["state"] == "stopped"


async def test_a_refused_call_is_made_again_until_it_is_taken(eve: Person, hook: Hook) -> None:
    hook.refuse = 3  # longer than a lease: while it is told here, no other instance tells it as well
    run_id = await asked_unseen(eve)
    await hook.called(run_id, 4)
    await nothing_is_left_to_tell(eve.platform)
    assert len(hook.calls[run_id]) == 4
    assert not any(f"{run_id} was left" in path.read_text(errors="replace") for path in eve.platform.logs.values())


@pytest.mark.parametrize("instance", [0, 1])
async def test_nobody_is_told_while_the_user_has_a_socket_on_any_instance(
    eve: Person, hook: Hook, instance: int
) -> None:
    chat = await eve.chat(url=eve.platform.ws_urls[instance])
    await chat.pong("here")
    seen = await asked_unseen(eve)
    await run_ended(eve, seen)
    await eve.sockets.pop().close()

    async def told() -> str:
        unseen = await asked_unseen(eve)
        await run_ended(eve, unseen)
        if not hook.calls[unseen]:
            raise NotYet("nothing told")
        return unseen

    await until(told, within_s=10, what="a call after the socket has gone")
    assert hook.calls[seen] == []


async def test_an_end_that_a_dead_instance_has_not_told_is_told_by_the_other_once() -> None:
    hook = Hook()
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    options = PlatformOptions(instances=2, backend_options=("--notify-url", f"http://127.0.0.1:{port}/ended"))
    platform = await asyncio.to_thread(EmbeddedPlatform.start, options)
    try:
        person = await new_person(platform)
        untold = await asked_unseen(person)
        await run_ended(person, untold)
        platform.processes["backend-1"].kill(signal.SIGKILL)
        # nobody could be told before
        async with await asyncio.start_server(hook.answer, "127.0.0.1", port):
            (call,) = await hook.called(untold)
            assert (call["state"], call["user_id"]) == ("completed", person.user_id)
            await hook.called(await asked_unseen(person, instance=1))
            await nothing_is_left_to_tell(platform)
            assert len(hook.calls[untold]) == 1
        await person.leave()
        assert platform.error_lines() == []
    finally:
        await asyncio.to_thread(platform.stop)
