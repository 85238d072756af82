"""What an instance tells at ``/metrics``: read while something is going on, and after everybody has left."""

import os
from collections.abc import Awaitable, Callable

import httpx
from backend_user import Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.polling import NotYet, until

GAUGES = ("gp_ws_connections", "gp_contexts", "gp_runs", "gp_queue_depth", "gp_router_handlers", "gp_db_pool")


async def scraped(url: str) -> dict[str, float]:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{url}/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def gauges(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name.startswith(GAUGES)}


async def becomes(platform: EmbeddedPlatform, wanted: dict[str, float], within_s: float = 5) -> dict[str, float]:
    async def look() -> dict[str, float]:
        values = await scraped(platform.backend_urls[0])
        wrong = {name: values[name] for name, value in wanted.items() if values[name] != value}
        if wrong:
            raise NotYet(str(wrong))
        return values

    return await until(look, within_s=within_s, what=f"metrics with {wanted}")


async def test_gauges_follow_sockets_and_runs_and_are_back_when_the_last_user_has_left(
    platform: EmbeddedPlatform, slow: Callable[[int], Awaitable[str]]
) -> None:
    # A run that another test has left behind on this platform may take its whole time.
    nothing = {"gp_ws_connections": 0, "gp_contexts": 0, 'gp_db_pool{state="used"}': 0}
    idle = await becomes(platform, nothing, within_s=65)
    ada = await new_person(platform)
    chat, _ = await ada.chat(), await ada.chat()
    question = await slow(2)
    await chat.ask(question)
    begun = await chat.until_type("agent_thinking")
    thread = {"thread_id": begun["thread_id"]}
    queued = await chat.acknowledged(await chat.ask(question, **thread))
    busy = await becomes(
        platform,
        {
            "gp_ws_connections": 2,
            "gp_contexts": 3,
            'gp_runs{state="running"}': 1,
            'gp_runs{state="queued"}': 1,
            "gp_queue_depth": 1,
        },
    )
    assert busy["gp_router_handlers"] == idle["gp_router_handlers"] > 0
    for run_id in (queued["run_id"], begun["run_id"]):
        await chat.send("stop_agent", {"run_id": run_id})
    await chat.until(lambda _: [frame["type"] for frame in chat.frames].count("agent_stopped") == 2)
    await ada.leave()
    after = await becomes(platform, gauges(idle))
    assert gauges(after) == gauges(idle)


async def test_frames_are_counted_by_type_when_a_socket_gets_them(platform: EmbeddedPlatform, ada: Person) -> None:
    def sent(values: dict[str, float], kind: str) -> float:
        return values.get(f'gp_events_sent_total{{type="{kind}"}}', 0)

    before = await scraped(platform.backend_urls[0])
    chats = [await ada.chat(), await ada.chat()]
    client_id = await chats[0].ask()
    for chat in chats:
        await chat.answered(client_id)
    for chat in chats:
        await chat.pong("all is here")
    after = await scraped(platform.backend_urls[0])
    for kind in ("connection_established", "message_ack", "agent_started", "tool_completed", "agent_completed", "pong"):
        received = sum(frame["type"] == kind for chat in chats for frame in chat.frames)
        assert (kind, sent(after, kind) - sent(before, kind)) == (kind, received)


async def test_memory_is_that_of_the_process(platform: EmbeddedPlatform) -> None:
    pid = platform.processes["backend-1"].pid
    with open(f"/proc/{pid}/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    told = (await scraped(platform.backend_urls[0]))["process_resident_memory_bytes"]
    assert abs(told - resident) < 0.1 * resident


async def test_auth_tells_its_own(platform: EmbeddedPlatform) -> None:
    values = await scraped(platform.auth_url)
    assert values['gp_db_pool{state="used"}'] + values['gp_db_pool{state="free"}'] > 0
    assert values["process_resident_memory_bytes"] > 1_000_000
