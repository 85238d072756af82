"""A run that takes long, what its user saw of it, and what is stored of it."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from backend_user import ENDS, QUESTION, Chat, Frame, Person

from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.polling import until


@asynccontextmanager
async def database(platform: EmbeddedPlatform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.postgres_url)
    yield connection
    await connection.close()


async def slow_run(ada: Person, chat: Chat, seconds: float, times: int = 1) -> Frame:
    """Ask, and wait until the run is in its last step: what came before is stored."""
    marker = f"slow-{secrets.token_hex(4)}"
    async with LlmControl(ada.platform.llm_url, ada.platform.llm_token) as llm:
        await llm.script(marker, [{"delay_s": seconds}] * times, for_task="report")
        ack = await chat.acknowledged(await chat.ask(f"{QUESTION} {LlmControl.marker_text(marker)}"))
        await chat.until(lambda frame: frame["type"] == "agent_thinking" and frame["data"]["agent"] == "report")

        # The agent says what it will do and then does it: an instance that is killed in between leaves the slow reply
        # to the next attempt.
        async def report_was_asked_for() -> bool | None:
            return any(asked["task"] == "report" for asked in await llm.requests(marker)) or None

        await until(report_was_asked_for, within_s=5, what="the call of the LLM for the report")
    return ack


async def ended(chat: Chat, run_id: str, within_s: float = 8) -> Frame:
    return await chat.until(lambda frame: frame["type"] in ENDS and frame["run_id"] == run_id, within_s)


async def story(db: asyncpg.Connection, thread_id: str) -> list[tuple[int, str, dict[str, object]]]:
    rows = await db.fetch("SELECT seq, type, data FROM run_events WHERE thread_id = $1 ORDER BY seq", UUID(thread_id))
    return [(row["seq"], row["type"], json.loads(row["data"])) for row in rows]


async def check_two_attempts(ada: Person, frames: list[Frame], ack: Frame) -> None:
    """The story of the run that was taken over: whole, in order, nothing of it twice."""
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [f["data"]["attempt"] for f in frames if f["type"] == "agent_started"] == [1, 2]
    assert [f["type"] for f in frames if f["type"] in ENDS] == ["agent_completed"]
    assert frames[-1]["type"] == "agent_completed"
    # what was done is not done again
    second = frames[max(index for index, frame in enumerate(frames) if frame["type"] == "agent_started") :]
    assert {frame["data"]["agent"] for frame in second[1:-1]} == {"report"}
    async with database(ada.platform) as db:
        told = await story(db, ack["thread_id"])
        assert [(seq, kind) for seq, kind, _ in told] == [(frame["seq"], frame["type"]) for frame in frames]
        answers = await db.fetchval(
            "SELECT count(*) FROM messages WHERE thread_id = $1 AND role = 'assistant'", UUID(ack["thread_id"])
        )
        assert answers == 1
