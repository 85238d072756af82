"""Messages: what a user asked and what the agents answered."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sut.common.identity import Identity
from sut.store.postgres import Connection
from sut.store.search import add_words

_COLUMNS = "id, thread_id, seq, role, content, client_message_id, run_id, reply_to, result, trace_id, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message to store.

    Args:
        id: Its id.
        thread_id: Its thread.
        seq: The ``seq`` of the frame that tells it: the ack of a question, the terminal of an answer.
        role: Who speaks.
        content: What is said; an answer's summary.
        trace_id: The question's trace.
        run_id: The run that answers, or that gave this answer.
        client_message_id: The client's own id of a question, unique per user.
        reply_to: The question that an answer belongs to.
        result: An answer's whole result.
    """

    id: UUID
    thread_id: UUID
    seq: int
    role: Literal["user", "assistant"]
    content: str
    trace_id: str
    run_id: UUID
    client_message_id: str | None = None
    reply_to: UUID | None = None
    result: dict[str, Any] | None = None


async def add(conn: Connection, identity: Identity, message: Message) -> bool:
    """Store a message.

    Args:
        conn: The transaction that stores the frame which tells it.
        identity: Whose conversation it is.
        message: The message.

    Returns:
        Whether it was stored; ``False`` when the user already has a message with this ``client_message_id``.
    """
    row = await conn.fetchrow(
        "INSERT INTO messages (id, tenant_id, user_id, thread_id, seq, role, content, client_message_id, run_id,"
        " reply_to, result, trace_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (user_id, client_message_id) DO NOTHING RETURNING id",
        message.id,
        identity.tenant_id,
        identity.user_id,
        message.thread_id,
        message.seq,
        message.role,
        message.content,
        message.client_message_id,
        message.run_id,
        message.reply_to,
        message.result,
        message.trace_id,
    )
    if row is None:
        return False
    await add_words(conn, identity.user_id, message.id, message.content)
    return True


async def by_client_id(conn: Connection, user_id: UUID, client_message_id: str) -> dict[str, Any] | None:
    """Look up a question by the id that its client gave it.

    Args:
        conn: A transaction.
        user_id: Who asks.
        client_message_id: The client's id.

    Returns:
        The message, or ``None``.
    """
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM messages WHERE user_id = $1 AND client_message_id = $2",  # noqa: S608
        user_id,
        client_message_id,
    )
    return dict(row) if row else None


async def page(conn: Connection, thread_id: UUID, *, after_seq: int, limit: int) -> list[dict[str, Any]]:
    """List a thread's messages.

    Args:
        conn: A transaction.
        thread_id: A thread that the caller may read.
        after_seq: The last ``seq`` of the page before; 0 for the first page.
        limit: How many at most.

    Returns:
        The messages in ``seq`` order.
    """
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM messages WHERE thread_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",  # noqa: S608
        thread_id,
        after_seq,
        limit,
    )
    return [dict(row) for row in rows]


async def turns_before(conn: Connection, thread_id: UUID, seq: int, limit: int) -> list[dict[str, Any]]:
    """Read what was said before a question: the questions of lower ``seq``, each with its answer if it has one by now.

    Args:
        conn: A transaction.
        thread_id: The thread.
        seq: The ``seq`` of the question that is being answered.
        limit: How many messages at most; the latest are kept.

    Returns:
        ``role, content, result`` of each message, each answer right after its question.
    """
    rows = await conn.fetch(
        "SELECT m.role, m.content, m.result FROM messages m LEFT JOIN messages asked ON asked.id = m.reply_to"
        " WHERE m.thread_id = $1 AND coalesce(asked.seq, m.seq) < $2"
        " ORDER BY coalesce(asked.seq, m.seq) DESC, m.seq DESC LIMIT $3",
        thread_id,
        seq,
        limit,
    )
    return [dict(row) for row in reversed(rows)]
