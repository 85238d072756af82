"""Sockets in a dialect: refused after 101, without acknowledgements, with close codes of their own."""

import json
from dataclasses import replace
from typing import Any

import pytest
from local_servers import socket_server
from websockets.asyncio.server import ServerConnection

from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.recorder import Recorder
from goldenpath.targets.dialect import Dialect, load_dialect

NETRA = load_dialect("netra-apex")
TOKEN = "header.payload.signature"


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    recorder.reading = NETRA.reading
    return recorder


async def connected(url: str, recorder: Recorder, dialect: Dialect = NETRA) -> ChatSocket:
    return await ChatSocket.open(url, TOKEN, channel=recorder.channel("Ada", "socket"), dialect=dialect)


def refusing(code: str, close_code: int) -> Any:
    async def refuse(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "error_message", "error_code": code, "error_message": "no"}))
        await connection.close(close_code)

    return refuse


async def test_a_refusal_by_frame_reads_like_a_refused_upgrade(recorder: Recorder) -> None:
    async with socket_server(refusing("TOKEN_EXPIRED", 1008)) as url:
        with pytest.raises(HandshakeRefused, match="401 TOKEN_EXPIRED: no") as refused:
            await connected(url, recorder)
    assert refused.value.status == 401
    assert recorder.channels == []
    assert [(exchange.owner, exchange.status) for exchange in recorder.exchanges] == [("Ada", 401)]
    assert "TOKEN_EXPIRED" in recorder.exchanges[0].answer


@pytest.mark.parametrize(("code", "close_code"), [("TOKEN_EXPIRED", 1000), ("SOMETHING_ELSE", 1008)])
async def test_a_refusal_in_another_form_is_no_refusal(recorder: Recorder, code: str, close_code: int) -> None:
    async with socket_server(refusing(code, close_code)) as url:
        with pytest.raises(PromiseBroken, match=f"was refused with {code}, and then closed by the server") as broken:
            await connected(url, recorder)
    assert not isinstance(broken.value, HandshakeRefused)


async def test_a_close_code_of_the_dialect_reads_like_the_contracts(recorder: Recorder) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "ping"}))
        await connection.close(4001)

    async with socket_server(close) as url:
        socket = await connected(url, recorder, replace(NETRA, close_codes={4001: 1008}))
        assert (await socket.channel.wait_closed(5)).code == 1008


async def test_a_token_in_the_query_stands_nowhere_else(recorder: Recorder) -> None:
    seen: list[str] = []

    async def note(connection: ServerConnection) -> None:
        assert connection.request
        seen.extend([connection.request.path, str(connection.request.headers.get("Authorization"))])
        await connection.send(json.dumps({"type": "ping"}))
        await connection.wait_closed()

    async with socket_server(note) as url:
        channel = recorder.channel("Ada", "socket")
        socket = await ChatSocket.open(url, TOKEN, channel=channel, carrier="query", dialect=NETRA)
        await socket.close()
    assert seen == [f"/ws?token={TOKEN}", "None"]


async def test_without_acknowledgements_questions_take_runs_in_their_order(recorder: Recorder) -> None:
    async def answer(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "ping"}))
        number = 0
        async for _ in connection:
            number += 1
            told = {"run_id": f"r{number}", "thread_id": f"t{number}"}
            await connection.send(json.dumps({"type": "agent_started", "payload": told}))
            await connection.send(json.dumps({"type": "agent_completed", "payload": {**told, "response": "It is 5."}}))

    async with socket_server(answer) as url:
        ada = User.invent("Ada")
        ada.socket = await connected(url, recorder)
        runs = [Run.of(ada, "How much?", None), Run.of(ada, "And in June?", None)]
        for run in runs:
            await run.send()
        for run in reversed(runs):
            await run.channel.wait_for(run.ends, 5, "end")
        assert [run.run_id for run in runs] == ["r1", "r2"]
        assert [run.result()["summary"] for run in runs] == ["It is 5.", "It is 5."]
        stranger = Run.of(ada, "Elsewhere?", "t9")
        await stranger.send()
        await stranger.channel.wait_for(lambda frame: frame.run_id == "r3", 5, "another thread's run")
        assert stranger.run_id is None
        await ada.socket.close()
