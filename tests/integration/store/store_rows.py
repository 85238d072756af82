"""Rows of several users, written by the owner of the database, for the tests of what a role may see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.trace import new_trace_id
from sut.store.search import entries

USER_TABLES = ("threads", "messages", "message_words", "runs", "run_steps", "run_events")
GUARDED = (*USER_TABLES, "usage_records")


@dataclass(frozen=True)
class Rows:
    """Whose rows there are, and the thread that they belong to."""

    identity: Identity
    thread_id: UUID
    message_id: UUID


async def new_identity(owner: "asyncpg.Connection[Any]", tenant_id: UUID | None = None) -> Identity:
    """Store a user, in a tenant of their own unless one is named."""
    if tenant_id is None:
        tenant_id = new_id()
        await owner.execute("INSERT INTO tenants (id, name) VALUES ($1, '')", tenant_id)
    user_id = new_id()
    await owner.execute(
        "INSERT INTO users (id, tenant_id, email) VALUES ($1, $2, $3)", user_id, tenant_id, f"{user_id}@example.com"
    )
    return Identity(user_id, tenant_id, new_id(), frozenset({"chat", "history"}), datetime.now(UTC))


async def add_rows(owner: "asyncpg.Connection[Any]", identity: Identity, content: str = "secret") -> Rows:
    """Store one row of a user in each table."""
    thread_id, message_id, run_id = new_id(), new_id(), new_id()
    whose, trace = (identity.tenant_id, identity.user_id), new_trace_id()
    await owner.execute(
        "INSERT INTO threads (id, tenant_id, user_id, last_seq) VALUES ($1, $2, $3, 1)", thread_id, *whose
    )
    await owner.execute(
        "INSERT INTO messages (id, tenant_id, user_id, thread_id, seq, role, content, trace_id)"
        " VALUES ($4, $1, $2, $3, 1, 'user', $5, $6)",
        *whose,
        thread_id,
        message_id,
        content,
        trace,
    )
    await owner.execute(
        "INSERT INTO message_words (message_id, tenant_id, user_id, thread_id, role, created_at, words)"
        " VALUES ($1, $2, $3, $4, 'user', now(), $5)",
        message_id,
        *whose,
        thread_id,
        entries(identity.user_id, content),
    )
    await owner.execute(
        "INSERT INTO runs (id, tenant_id, user_id, thread_id, message_id, request_id, state, trace_id, ack_seq)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'completed', $7, 1)",
        run_id,
        *whose,
        thread_id,
        message_id,
        new_id(),
        trace,
    )
    await owner.execute(
        "INSERT INTO run_steps (id, tenant_id, user_id, run_id, step, attempt, agent, state, trace_id)"
        " VALUES ($1, $2, $3, $4, 1, 1, 'data', 'done', $5)",
        new_id(),
        *whose,
        run_id,
        trace,
    )
    await owner.execute(
        "INSERT INTO run_events (id, tenant_id, user_id, thread_id, run_id, request_id, seq, type, data, trace_id,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, 'message_ack', '{}', $7, now())",
        new_id(),
        *whose,
        thread_id,
        run_id,
        new_id(),
        trace,
    )
    await owner.execute(
        "INSERT INTO usage_records (id, tenant_id, day, provider, model, requests, input_tokens, output_tokens,"
        " cost_usd, latency_ms) VALUES ($1, $2, '2026-05-01', 'openai', 'gpt-4o', 1, 1, 1, 1, 1)",
        new_id(),
        identity.tenant_id,
    )
    return Rows(identity, thread_id, message_id)
