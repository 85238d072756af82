"""Rows of a platform whose tables name their owners in another way are found by the expressions of its dialect."""

import json
from collections.abc import AsyncIterator

import pytest

from goldenpath.clients.postgres import PostgresClient
from goldenpath.history.people import Person
from goldenpath.judging.stores import all_rows
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.targets.dialect import load_dialect

TABLES = """
CREATE SCHEMA IF NOT EXISTS dialect;
CREATE TABLE dialect.auth_users (id text, email text);
CREATE TABLE dialect.threads (id text, metadata_ jsonb);
CREATE TABLE dialect.messages (id text, thread_id text, role text, content text);
CREATE TABLE dialect.runs (id text, thread_id text, status text);
"""


@pytest.fixture
async def postgres(platform: EmbeddedPlatform) -> AsyncIterator[PostgresClient]:
    plain = PostgresClient(platform.postgres_url)
    await plain.execute(TABLES)
    client = PostgresClient(f"{platform.postgres_url}?options=-csearch_path%3Ddialect")
    yield client
    await client.close()
    await plain.execute("DROP SCHEMA dialect CASCADE")
    await plain.close()


async def test_each_row_is_read_for_its_owner(postgres: PostgresClient) -> None:
    for user, thread in (("u1", "t1"), ("u2", "t2")):
        await postgres.execute("INSERT INTO auth_users VALUES ($1, $1 || '@golden-path.test')", user)
        owner = {"user_id": user}
        await postgres.execute("INSERT INTO threads VALUES ($1, $2)", thread, owner)
        await postgres.execute("INSERT INTO messages VALUES ('m' || $1, $1, 'user', 'of ' || $2)", thread, user)
        await postgres.execute("INSERT INTO runs VALUES ('r' || $1, $1, 'completed')", thread)
    people = [Person("Ada", "u1"), Person("Bob", "u2"), Person("Cem")]
    found = await all_rows(postgres, people, load_dialect("netra-apex").owned_rows)
    owned = {(row.owner, row.place.removeprefix("row of ")) for row in found}
    assert owned == {
        (owner, table) for owner in ("Ada", "Bob") for table in ("auth_users", "threads", "messages", "runs")
    }
    [hers] = [row for row in found if row.owner == "Ada" and row.place.endswith("messages")]
    assert "of u1" in json.dumps(hers.content)
