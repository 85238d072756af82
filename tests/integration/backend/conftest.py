"""Users of the session's platform, and a mocked LLM that takes its time."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from backend_user import QUESTION, Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.platform.llm_server.control import LlmControl
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.settings import Isolation
from sut.store.postgres import Database


@pytest.fixture
async def ada(platform: EmbeddedPlatform) -> AsyncIterator[Person]:
    """A user; when they are gone the platform must not have logged an error."""
    person = await new_person(platform)
    yield person
    await person.leave()
    assert platform.error_lines() == []


@pytest.fixture
async def bob(platform: EmbeddedPlatform) -> AsyncIterator[Person]:
    """Another user, of another tenant."""
    person = await new_person(platform)
    yield person
    await person.leave()


@pytest.fixture
async def slow(platform: EmbeddedPlatform) -> AsyncIterator[Callable[[int], Awaitable[str]]]:
    """Makes a question that takes long, the first so many times that it is asked."""
    marker = f"slow-{secrets.token_hex(4)}"
    async with LlmControl(platform.llm_url, platform.llm_token) as llm:

        async def question(times: int) -> str:
            await llm.script(marker, [{"delay_s": 8}] * times)
            return f"{QUESTION} {LlmControl.marker_text(marker)}"

        yield question
        await llm.clear(marker)


@pytest.fixture
async def db(postgres_url: str, level: Isolation) -> AsyncIterator[Database]:
    """A migrated database, without a platform."""
    database = await Database.open(postgres_url, service="test", isolation=level)
    yield database
    await database.close()


@pytest.fixture
async def identity(db: Database) -> Identity:
    """A user of it, of a tenant of their own."""
    user, tenant = new_id(), new_id()
    async with db.transaction(None) as conn:
        await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, 'test')", tenant)
        await conn.execute(
            "INSERT INTO users (id, tenant_id, email) VALUES ($1, $2, $3)", user, tenant, f"{user}@x.test"
        )
    return Identity(user, tenant, new_id(), frozenset({"chat"}), datetime.now(UTC) + timedelta(hours=1))
