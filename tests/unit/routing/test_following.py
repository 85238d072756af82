"""What the routing scenarios see, and what they say of it: on recorded frames, without a platform."""

import asyncio
import json
from typing import Any

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.recorder import Channel, Recorder
from goldenpath.routing import asking, overtaking
from goldenpath.routing.checks import EVERY_SOCKET_ONCE, HANDLED_ONCE, OWN_ROUTE_ONLY, RUN_ENDS
from goldenpath.targets.dialect import CONTRACT

RUN_ID = "0190-run"


class Watching:
    """A socket of which only the channel is looked at."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> tuple[Recorder, User]:
    monkeypatch.setattr(asking, "patience_s", lambda: 0.05)
    return Recorder(), User.invent("Ada")


def asked(user: User, channel: Channel) -> Run:
    run = Run(user, "How much?", "gp-1", channel, CONTRACT)
    run.sent_ns = 1
    user.runs.append(run)
    return run


def say(channel: Channel, kind: str, seq: int | None = None, run_id: str = RUN_ID, **data: Any) -> None:
    body: dict[str, Any] = {"type": kind, "run_id": run_id, "thread_id": "t", "data": data}
    channel.record("in", json.dumps(body if seq is None else {**body, "seq": seq}))


def acknowledge(channel: Channel) -> None:
    say(channel, "message_ack", 1, client_message_id="gp-1")


async def test_a_question_that_nobody_takes_in_breaks_its_promise(line: tuple[Recorder, User]) -> None:
    recorder, user = line
    run = asked(user, recorder.channel("Ada", "socket 1"))
    with pytest.raises(PromiseBroken, match=f"^{HANDLED_ONCE.name}: .*was not taken in"):
        await asking.acknowledged(run)


async def test_frames_are_shown_once_on_every_socket(line: tuple[Recorder, User]) -> None:
    recorder, user = line
    here, there = recorder.channel("Ada", "socket 1"), recorder.channel("Ada", "socket 2")
    run = asked(user, here)
    for channel in (here, there):
        acknowledge(channel)
        say(channel, "agent_started", 2)
        say(channel, "agent_completed", 3, result={"summary": "June"})
    sockets: Any = [Watching(here), Watching(there)]
    assert await asking.shown_once(run, sockets) == 6


@pytest.mark.parametrize(
    ("fault", "told"),
    [("doubled", "more than once: agent_started"), ("lost", "not shown the same"), ("endless", "did not arrive")],
)
async def test_a_socket_that_is_shown_otherwise_is_told(line: tuple[Recorder, User], fault: str, told: str) -> None:
    recorder, user = line
    here, there = recorder.channel("Ada", "socket 1"), recorder.channel("Ada", "socket 2")
    run = asked(user, here)
    for channel in (here, there):
        acknowledge(channel)
        wrong = fault if channel is there else ""
        for _ in range({"doubled": 2, "lost": 0}.get(wrong, 1)):
            say(channel, "agent_started", 2)
        if wrong != "endless":
            say(channel, "agent_completed", 3)
    sockets: Any = [Watching(there)]
    with pytest.raises(PromiseBroken, match=f"^{EVERY_SOCKET_ONCE.name}: .*{told}"):
        await asking.shown_once(run, sockets)


async def test_agents_that_think_without_end_are_not_waited_for(line: tuple[Recorder, User]) -> None:
    recorder, user = line
    channel = recorder.channel("Ada", "socket 1")
    run = asked(user, channel)
    acknowledge(channel)
    for seq in range(asking.MOST_THOUGHTS + 1):
        say(channel, "agent_thinking", seq + 2)
    with pytest.raises(PromiseBroken, match=f"^{RUN_ENDS.name}: .*hand over without end"):
        await asking._end_on(channel, run, 1, RUN_ENDS)


async def test_an_answer_about_something_else_is_no_answer(
    line: tuple[Recorder, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, user = line
    channel = recorder.channel("Ada", "socket 1")
    run = asked(user, channel)
    acknowledge(channel)
    say(channel, "agent_completed", 2, status="completed", result={"summary": "In June you spent 5."})

    async def nobody_knows(_: Run) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asking, "_known_to_have_ended", nobody_knows)
    await asking.answered(run, "June")
    with pytest.raises(PromiseBroken, match=f"^{OWN_ROUTE_ONLY.name}: .*does not speak of May"):
        await asking.answered(run, "May", OWN_ROUTE_ONLY)


async def test_an_end_that_rest_knows_and_the_socket_does_not_is_lost(
    line: tuple[Recorder, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, user = line
    channel = recorder.channel("Ada", "socket 1")
    run = asked(user, channel)
    acknowledge(channel)

    async def it_has_ended(_: Run) -> None:
        return None

    monkeypatch.setattr(asking, "_known_to_have_ended", it_has_ended)
    with pytest.raises(PromiseBroken, match=f"^{EVERY_SOCKET_ONCE.name}: .*its end never came"):
        await asking.ended(run)


def test_another_order_is_told_by_what_was_asked(line: tuple[Recorder, User]) -> None:
    recorder, user = line
    channel = recorder.channel("Ada", "socket 1")
    runs = [Run(user, f"How much in {month} 2026?", month, channel, CONTRACT) for month in ("May", "June")]
    overtaking._in_order("answered", runs, [1, 2])
    with pytest.raises(PromiseBroken, match="Sent were May, June, answered June, May"):
        overtaking._in_order("answered", runs, [2, 1])
