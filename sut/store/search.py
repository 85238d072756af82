"""Search in messages: which words each holds is written down with it, in PostgreSQL, by rules of our own.

The words are made here, and not by PostgreSQL, so that upper and lower case and what a letter is do not depend on how
somebody's database was set up. The newest messages are looked through first: that fills a page for every word that is
used often. What is left are words that are used rarely, and those an index finds quickly.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sut.store.connection import Connection

# a longer word stands in the index as its hash: an entry of it has a greatest size
LONGEST_WORD_BYTES = 200
# so many of the newest messages are looked through before the index is asked
NEWEST = 500
_MARK_LENGTH = 8
_WORD = re.compile(r"\w+")
_ADD = """
    INSERT INTO message_words (message_id, tenant_id, user_id, thread_id, role, created_at, words)
    SELECT id, tenant_id, user_id, thread_id, role, created_at, $2 FROM messages WHERE id = $1
"""
_AMONG_THE_NEWEST = """
    SELECT w.message_id FROM (
        SELECT * FROM message_words WHERE user_id = $1 AND ($7::uuid IS NULL OR message_id < $7)
         ORDER BY message_id DESC LIMIT $9
    ) w JOIN threads t ON t.id = w.thread_id AND t.deleted_at IS NULL
     WHERE w.words @> $2::text[] AND ($3::uuid IS NULL OR w.thread_id = $3) AND ($4::text IS NULL OR w.role = $4)
       AND ($5::timestamptz IS NULL OR w.created_at >= $5) AND ($6::timestamptz IS NULL OR w.created_at < $6)
     ORDER BY w.message_id DESC LIMIT $8
"""
_AMONG_ALL = "SELECT find_messages($1, $2, $3, $4, $5, $6, $7)"
_READ = """
    SELECT id, thread_id, seq, role, content, run_id, reply_to, result, trace_id, created_at
      FROM messages WHERE id = ANY($1) AND user_id = $2 ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for.

    Args:
        words: All of them must be in a message; see `words_of`.
        thread_id: Only in this thread.
        role: Only what this side has said.
        since: Not before.
        until: Before.
    """

    words: frozenset[str]
    thread_id: UUID | None = None
    role: Literal["user", "assistant"] | None = None
    since: datetime | None = None
    until: datetime | None = None


def words_of(text: str) -> frozenset[str]:
    """Take a text apart into the words by which it is found: runs of letters, digits and underscores in any alphabet.

    Args:
        text: A message, or what is searched for.

    Returns:
        The words, in a form in which upper and lower case are the same.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return frozenset(_entry(word) for word in _WORD.findall(plain))


def entries(user_id: UUID, text: str) -> list[str]:
    """Make a text's entries in the index: its words, each with a mark of the user, to be looked up apart.

    Args:
        user_id: Whose text it is; two users may have the same mark.
        text: A message, or what is searched for.

    Returns:
        The entries in their order.
    """
    return _marked(user_id, words_of(text))


async def add_words(conn: Connection, user_id: UUID, message_id: UUID, content: str) -> None:
    """Write down by which words a message is found.

    Args:
        conn: The transaction that has stored the message.
        user_id: Whose message it is.
        message_id: The message.
        content: What it says.
    """
    await conn.execute(_ADD, message_id, entries(user_id, content))


async def page(
    conn: Connection, user_id: UUID, wanted: Wanted, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Search in a user's messages.

    Args:
        conn: A transaction of this user.
        user_id: Who asks.
        wanted: What for; with no word nothing is found.
        before: The last message of the page before.
        limit: How many at most.

    Returns:
        The messages, newest first; none of a deleted thread.
    """
    if not wanted.words:
        return []
    asked = (_marked(user_id, wanted.words), wanted.thread_id, wanted.role, wanted.since, wanted.until, before, limit)
    found = await conn.fetch(_AMONG_THE_NEWEST, user_id, *asked, NEWEST)
    if len(found) < limit:
        found = await conn.fetch(_AMONG_ALL, *asked)
    rows = await conn.fetch(_READ, [row[0] for row in found], user_id)
    return [dict(row) for row in rows]


def _marked(user_id: UUID, words: frozenset[str]) -> list[str]:
    # the end of an id is random, its beginning is the time at which it was made
    mark = user_id.hex[-_MARK_LENGTH:]
    return sorted(f"{mark} {word}" for word in words)


def _entry(word: str) -> str:
    encoded = word.encode()
    if len(encoded) <= LONGEST_WORD_BYTES:
        return word
    return f"#{hashlib.sha256(encoded).hexdigest()}"
