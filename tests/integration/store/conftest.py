"""A database with rows of several users, and the platform's way into it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from store_rows import Rows, add_rows, new_identity

from goldenpath.platform.postgres import EmbeddedPostgres
from sut.store.postgres import Database


@pytest.fixture
async def owner(postgres_url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection that sees all rows."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def db(postgres_server: EmbeddedPostgres) -> AsyncIterator[Database]:
    """The database as a backend has it."""
    database = await Database.open(postgres_server.service_url, service="test", pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def ada(owner: "asyncpg.Connection[Any]") -> Rows:
    """A user with a row in each table."""
    return await add_rows(owner, await new_identity(owner))


@pytest.fixture
async def bob(owner: "asyncpg.Connection[Any]") -> Rows:
    """The same of another tenant."""
    return await add_rows(owner, await new_identity(owner))


@pytest.fixture
async def eve(owner: "asyncpg.Connection[Any]", ada: Rows) -> Rows:
    """The same of the first user's own tenant."""
    return await add_rows(owner, await new_identity(owner, ada.identity.tenant_id))
