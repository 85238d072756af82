"""Stopping, waiting in line and resuming, over the WebSocket, with everything real."""

import asyncio
from collections.abc import Awaitable, Callable

from backend_user import ENDS, STORED, Person

from goldenpath.platform.llm_server.control import LlmControl

Slow = Callable[[int], Awaitable[str]]


async def test_ping_is_answered_while_a_run_works(ada: Person, slow: Slow) -> None:
    chat = await ada.chat()
    await chat.ask(await slow(1))
    await chat.until_type("agent_thinking")
    async with asyncio.timeout(1):
        await chat.pong("now")
    assert not {frame["type"] for frame in chat.frames} & set(ENDS)


async def test_stopped_run_says_so_and_ends(ada: Person, slow: Slow) -> None:
    chat = await ada.chat()
    ack = await chat.acknowledged(await chat.ask(await slow(1)))
    await chat.until_type("agent_thinking")
    await chat.send("stop_agent", {"run_id": ack["run_id"]})
    end = await chat.until_type(*ENDS, within_s=2)
    assert end["type"] == "agent_stopped"
    run = await ada.get(f"/api/runs/{ack['run_id']}")
    assert run["state"] == "stopped"
    assert not {step["state"] for step in run["steps"]} & {"pending", "running"}
    await chat.send("stop_agent", {"run_id": ack["run_id"]})
    assert (await chat.until_type("error"))["data"]["error"]["code"] == "RUN_ENDED"
    await chat.pong("end")
    assert chat.of_run(ack["run_id"])[-1] == end


async def test_runs_of_a_thread_wait_for_each_other(ada: Person, slow: Slow) -> None:
    chat = await ada.chat()
    first = await chat.acknowledged(await chat.ask(await slow(1)))
    # a mark of its own: it must not follow the script of the first, which is in its context
    second = await chat.acknowledged(await chat.ask(f"And in June? {LlmControl.marker_text('quick')}"))
    assert (first["data"]["queued_position"], second["data"]["queued_position"]) == (0, 1)
    assert (await ada.get(f"/api/runs/{second['run_id']}"))["state"] == "queued"
    await chat.send("stop_agent", {"run_id": first["run_id"]})
    await chat.until(lambda frame: frame["type"] == "agent_completed" and frame["run_id"] == second["run_id"])
    places = {(frame["type"], frame["run_id"]): frame["seq"] for frame in chat.frames if "seq" in frame}
    assert places["agent_stopped", first["run_id"]] < places["agent_started", second["run_id"]]


async def test_queued_run_is_stopped_without_having_started(ada: Person, slow: Slow) -> None:
    chat = await ada.chat()
    first = await chat.acknowledged(await chat.ask(await slow(1)))
    second = await chat.acknowledged(await chat.ask("And in June?"))
    for run in (second, first):
        await chat.send("stop_agent", {"run_id": run["run_id"]})
        await chat.until(lambda frame, run=run: frame["type"] == "agent_stopped" and frame["run_id"] == run["run_id"])
    assert [frame["type"] for frame in chat.of_run(second["run_id"])] == ["message_ack", "agent_stopped"]


async def test_four_runs_at_once_then_a_line_then_no_more(ada: Person, slow: Slow) -> None:
    chat = await ada.chat()
    threads = [(await ada.call("POST", "/api/threads", {})).json()["id"] for _ in range(25)]
    question = await slow(30)
    asked = [await chat.ask(question, thread_id=thread) for thread in threads]
    error = await chat.until_type("error")
    assert error["data"]["error"]["code"] == "TOO_MANY_RUNS"
    acks = [await chat.acknowledged(client_id) for client_id in asked[:24]]
    assert [ack["data"]["queued_position"] for ack in acks] == [0, 0, 0, 0, *range(1, 21)]
    assert (await ada.get(f"/api/threads/{threads[24]}/messages"))["items"] == []
    assert len((await ada.get("/api/runs?state=queued"))["items"]) == 20
    for ack in reversed(acks):
        await chat.send("stop_agent", {"run_id": ack["run_id"]})
    for ack in acks:
        await chat.until(lambda frame, ack=ack: frame["type"] == "agent_stopped" and frame["run_id"] == ack["run_id"])


async def test_resume_brings_what_was_missed(ada: Person) -> None:
    chat = await ada.chat()
    end = await chat.answered(await chat.ask())
    stored = [frame for frame in chat.frames if frame["type"].startswith(STORED)]
    later = await ada.chat()
    await later.send("resume", {"thread_id": end["thread_id"], "after_seq": 3}, ref="r")
    complete = await later.until_type("replay_complete")
    assert complete["data"] == {"thread_id": end["thread_id"], "last_seq": end["seq"], "ref": "r"}
    replayed = later.frames[1:-1]
    assert {frame["data"].pop("replayed") for frame in replayed} == {True}
    assert replayed == stored[3:]
    await later.send("resume", {"thread_id": end["thread_id"], "after_seq": end["seq"] + 1})
    assert (await later.until_type("error"))["data"]["error"]["code"] == "INVALID_SEQ"


async def test_resume_in_the_middle_of_a_run_loses_and_repeats_nothing(ada: Person) -> None:
    chat, later = await ada.chat(), await ada.chat(max_queue=None)
    client_id = await chat.ask()
    ack = await chat.acknowledged(client_id)
    await later.send("resume", {"thread_id": ack["thread_id"], "after_seq": 0})
    end = await later.until(lambda frame: frame["type"] == "agent_completed")
    await chat.answered(client_id)
    complete = next(i for i, frame in enumerate(later.frames) if frame["type"] == "replay_complete")
    reached = later.frames[complete]["data"]["last_seq"]
    before, after = later.frames[:complete], later.frames[complete + 1 :]
    assert [f["seq"] for f in before if f["data"].get("replayed")] == list(range(1, reached + 1))
    assert [f["seq"] for f in after if "seq" in f] == list(range(reached + 1, end["seq"] + 1))
