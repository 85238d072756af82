"""A tenant's usage, summed by the real PostgreSQL, against sums made in Python."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from goldenpath.usage_data import UsageRecord, make_usage
from sut.agents.interface import UsageFilter
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.store.postgres import Database
from sut.store.usage import TenantUsage

MAY = UsageFilter(date(2026, 5, 1), date(2026, 5, 31))


@dataclass
class Company:
    identity: Identity
    records: list[UsageRecord]


@pytest.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = await Database.open(postgres_url, service="test-usage", pool_size=3)
    yield database
    await database.close()


@pytest.fixture
async def conn(postgres_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def company(conn: "asyncpg.Connection[asyncpg.Record]", records: list[UsageRecord]) -> Company:
    tenant = new_id()
    await conn.execute("INSERT INTO tenants (id, name) VALUES ($1, 'a company')", tenant)
    rows = [
        (
            *(new_id(), tenant, one.day, one.provider, one.model, one.requests),
            *(one.input_tokens, one.output_tokens, one.cost_usd, one.latency_ms),
        )
        for one in records
    ]
    await conn.copy_records_to_table("usage_records", records=rows)
    later = datetime.now(UTC) + timedelta(hours=1)
    return Company(Identity(new_id(), tenant, new_id(), frozenset({"chat"}), later), records)


async def test_sums_are_the_tenants_own(db: Database, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    companies = [await company(conn, make_usage(seed)) for seed in (1, 2)]
    for one in companies:
        rows = await TenantUsage(db, one.identity).usage_by_model(MAY)
        assert [row.cost_usd for row in rows] == sorted((row.cost_usd for row in rows), reverse=True)
        assert len(rows) == 6
        for row in rows:
            mine = [r for r in one.records if r.model == row.model and r.day.month == 5]
            assert row.provider == mine[0].provider
            assert row.requests == sum(r.requests for r in mine)
            assert row.input_tokens == sum(r.input_tokens for r in mine)
            assert row.output_tokens == sum(r.output_tokens for r in mine)
            assert row.cost_usd == sum((r.cost_usd for r in mine), Decimal(0))
            weighed = sum(r.latency_ms * r.requests for r in mine)
            assert row.latency_ms * row.requests == pytest.approx(weighed, abs=1e-3)


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("openai", None, {"gpt-4o", "gpt-4o-mini"}),
        (None, "gpt-4o", {"gpt-4o"}),
        ("google", "gpt-4o", set()),
        (None, "gpt-4", set()),
        (None, "' OR true --", set()),
    ],
)
async def test_filter(
    db: Database,
    conn: "asyncpg.Connection[asyncpg.Record]",
    provider: str | None,
    model: str | None,
    expected: set[str],
) -> None:
    one = await company(conn, make_usage(3, first_day=date(2026, 5, 1), last_day=date(2026, 5, 3)))
    wanted = UsageFilter(MAY.first_day, MAY.last_day, provider, model)
    assert {row.model for row in await TenantUsage(db, one.identity).usage_by_model(wanted)} == expected


async def test_both_days_are_included(db: Database, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    one = await company(conn, make_usage(4, first_day=date(2026, 5, 1), last_day=date(2026, 5, 9)))
    usage = TenantUsage(db, one.identity)
    (row,) = await usage.usage_by_model(UsageFilter(date(2026, 5, 3), date(2026, 5, 4), model="gpt-4o"))
    assert row.requests == sum(r.requests for r in one.records if r.model == "gpt-4o" and r.day.day in {3, 4})
    assert await usage.newest_day() == date(2026, 5, 9)


async def test_tenant_without_usage(db: Database, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    await company(conn, make_usage(5))
    nobody = await company(conn, [])
    assert await TenantUsage(db, nobody.identity).usage_by_model(MAY) == []
    assert await TenantUsage(db, nobody.identity).newest_day() is None


async def test_days_without_requests_have_no_latency(db: Database, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    idle = UsageRecord(date(2026, 5, 1), "openai", "gpt-4o", 0, 0, 0, Decimal("0.000000"), 0)
    one = await company(conn, [idle])
    (row,) = await TenantUsage(db, one.identity).usage_by_model(MAY)
    assert (row.requests, row.latency_ms) == (0, 0.0)
