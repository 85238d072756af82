"""The truth, read straight from the stores: what SQL over a user's own data says, and what is stored for them.

Stores are read as oracle only. The one thing that is written is usage data, before a test asks about it: a platform
gets it from its customers' systems, which are not part of the contract.
"""

import calendar
import uuid
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from goldenpath.clients.cache import CacheClient
from goldenpath.clients.postgres import PostgresClient
from goldenpath.errors import UsageError
from goldenpath.history.isolation import Sight
from goldenpath.usage_data import MODELS, UsageRecord

CENT = Decimal("0.01")

# Every table that holds rows of a user, and the column that names them.
USER_TABLES = {
    "users": "id",
    "sessions": "user_id",
    "refresh_tokens": "user_id",
    "audit_log": "user_id",
    "threads": "user_id",
    "messages": "user_id",
    "runs": "user_id",
    "run_steps": "user_id",
    "run_events": "user_id",
}


def month_of(text: str) -> tuple[date, date]:
    """Read a month.

    Args:
        text: Year and month, for example ``2026-05``.

    Returns:
        Its first and its last day.

    Raises:
        UsageError: The text is not a month.
    """
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise UsageError(f"'{text}' is not a month. Write year and month, for example 2026-05.") from None
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


async def tenant_of(postgres: PostgresClient, user_id: str) -> str:
    """Look up a user's tenant, where the platform does not tell it.

    Args:
        postgres: Where.
        user_id: Whose.

    Returns:
        The tenant's id.

    Raises:
        UsageError: There is no such user in this database.
    """
    tenant_id = await postgres.fetch_value("SELECT tenant_id FROM users WHERE id = $1", uuid.UUID(user_id))
    if tenant_id is None:
        raise UsageError(f"This database knows no user {user_id}: it is not the one of the platform under test.")
    return str(tenant_id)


async def add_usage(postgres: PostgresClient, tenant_id: str, records: list[UsageRecord]) -> None:
    """Store usage data of a tenant.

    Args:
        postgres: Where.
        tenant_id: Whose.
        records: What was used, one record a day and model.
    """
    await postgres.execute_many(
        "INSERT INTO usage_records (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens,"
        " cost_usd, latency_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (
                uuid.uuid4(),
                uuid.UUID(tenant_id),
                record.day,
                record.provider,
                record.model,
                record.requests,
                record.input_tokens,
                record.output_tokens,
                record.cost_usd,
                record.latency_ms,
            )
            for record in records
        ],
    )


async def spending(postgres: PostgresClient, tenant_id: str, model: str, month: str) -> Decimal:
    """Work out what a tenant spent on a model in a month.

    Args:
        postgres: Where.
        tenant_id: Whose.
        model: The model's name.
        month: Year and month, for example ``2026-05``.

    Returns:
        US dollars, rounded to cents (half up).

    Raises:
        UsageError: There is no such usage: a question about it would prove nothing.
    """
    first, last = month_of(month)
    total = await postgres.fetch_value(
        "SELECT sum(cost_usd) FROM usage_records WHERE tenant_id = $1 AND model = $2 AND day BETWEEN $3 AND $4",
        uuid.UUID(tenant_id),
        model,
        first,
        last,
    )
    if not total:
        raise UsageError(f"The tenant has no usage of {model} in {month}. Ask about something it has used.")
    return Decimal(total).quantize(CENT, ROUND_HALF_UP)


async def used(postgres: PostgresClient, tenant_id: str, model: str, month: str) -> dict[str, Decimal]:
    """Work out how much of a model a tenant used.

    Args:
        postgres: Where.
        tenant_id: Whose.
        model: The model's name.
        month: Year and month, for example ``2026-05``.

    Returns:
        ``total_requests``, ``input_tokens``, ``output_tokens``: whole numbers, under the names of the findings.

    Raises:
        UsageError: There is no such usage: a question about it would prove nothing.
    """
    first, last = month_of(month)
    rows = await postgres.fetch(
        "SELECT sum(requests) AS total_requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens"
        " FROM usage_records WHERE tenant_id = $1 AND model = $2 AND day BETWEEN $3 AND $4",
        uuid.UUID(tenant_id),
        model,
        first,
        last,
    )
    if rows[0]["total_requests"] is None:
        raise UsageError(f"The tenant has no usage of {model} in {month}. Ask about something it has used.")
    return {name: Decimal(total) for name, total in rows[0].items()}


async def saving(postgres: PostgresClient, tenant_id: str, model: str, cheaper: str, month: str) -> Decimal:
    """Work out what a tenant would have saved in a month, had a cheaper model had the same tokens.

    Args:
        postgres: Where.
        tenant_id: Whose.
        model: The model that was used.
        cheaper: The model to compare with, at its list price.
        month: Year and month, for example ``2026-05``.

    Returns:
        US dollars, rounded to cents (half up).

    Raises:
        UsageError: There is no such usage, or no such cheaper model.
    """
    price = next((known for known in MODELS if known.name == cheaper), None)
    if price is None:
        raise UsageError(f"There is no model {cheaper}. Known: {', '.join(known.name for known in MODELS)}.")
    first, last = month_of(month)
    saved = await postgres.fetch_value(
        "SELECT sum(cost_usd) - (sum(input_tokens) * $5::numeric + sum(output_tokens) * $6::numeric) / 1000000"
        " FROM usage_records WHERE tenant_id = $1 AND model = $2 AND day BETWEEN $3 AND $4",
        uuid.UUID(tenant_id),
        model,
        first,
        last,
        price.input_per_million,
        price.output_per_million,
    )
    if saved is None:
        raise UsageError(f"The tenant has no usage of {model} in {month}. Ask about something it has used.")
    return Decimal(saved).quantize(CENT, ROUND_HALF_UP)


async def run_rows(postgres: PostgresClient, run_id: str) -> dict[str, Any]:
    """Read everything that is stored about a run.

    Args:
        postgres: Where.
        run_id: Which run.

    Returns:
        ``run`` (its row), ``question`` and ``answer`` (messages), ``steps`` and ``events`` (lists in order).
    """
    wanted = uuid.UUID(run_id)
    runs = await postgres.fetch("SELECT * FROM runs WHERE id = $1", wanted)
    messages = await postgres.fetch("SELECT * FROM messages WHERE run_id = $1 ORDER BY seq", wanted)
    return {
        "run": runs[0] if runs else None,
        "question": next((row for row in messages if row["role"] == "user"), None),
        "answer": next((row for row in messages if row["role"] == "assistant"), None),
        "messages": messages,
        "steps": await postgres.fetch("SELECT * FROM run_steps WHERE run_id = $1 ORDER BY step", wanted),
        "events": await postgres.fetch("SELECT * FROM run_events WHERE run_id = $1 ORDER BY seq", wanted),
    }


async def stored_for(postgres: PostgresClient, user_id: str) -> list[Sight]:
    """Read every row that is stored for a user.

    Args:
        postgres: Where.
        user_id: For whom.

    Returns:
        One sight a row.
    """
    sights: list[Sight] = []
    for table, column in USER_TABLES.items():
        rows = await postgres.fetch(f"SELECT t::text AS row FROM {table} t WHERE {column} = $1", uuid.UUID(user_id))  # noqa: S608 - names from the table above
        sights += [Sight(f"row of {table}", row["row"]) for row in rows]
    return sights


async def cached_for(cache: CacheClient, ids: list[str]) -> list[Sight]:
    """Read every key whose name holds one of a user's ids, with what is stored under it.

    Args:
        cache: Where.
        ids: The user's ids: user, session, threads, runs.

    Returns:
        One sight a key.
    """
    names = sorted({name for wanted in ids if wanted for name in await cache.keys(f"*{wanted}*")})
    return [Sight(f"key {name}", f"{name} {await cache.content(name)}") for name in names]
