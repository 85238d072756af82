"""What the stores hold about a failure: the rows of its runs, the keys of its users."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from goldenpath.clients.cache import CacheClient
from goldenpath.clients.postgres import PostgresClient
from goldenpath.evidence.tables import table_html
from goldenpath.handles import Run, User
from goldenpath.history.look_ups import ROW_OF, LookUp
from goldenpath.history.people import Person
from goldenpath.judging.keeping import clean
from goldenpath.judging.stores import rows_of_threads
from goldenpath.reporting.folding import compact_json

MOST_KEYS = 40
# Of each table what tells a story; the ids that all rows of a run share are in the caption.
_COLUMNS = {
    "messages": ("seq", "role", "content", "run_id", "created_at"),
    "runs": ("id", "state", "error", "instance", "attempt", "started_at", "ended_at"),
    "run_steps": ("step", "agent", "state", "attempt", "error", "started_at", "ended_at"),
    "run_events": ("seq", "type", "data", "created_at"),
}


async def rows_html(postgres: PostgresClient, runs: Sequence[Run], users: Sequence[User]) -> tuple[str, str]:
    """Read the rows of some runs.

    Args:
        postgres: Where.
        runs: The runs; without one whose id is known, all that the users have.
        users: Who asked.

    Returns:
        A caption, and one table for each table of the database.
    """
    people = [Person(user.name, user.user_id) for user in users if user.user_id]
    ids = {run.run_id for run in runs if run.run_id}
    rows = [look_up for look_up in await rows_of_threads(postgres, people) if _is_of(look_up, ids)]
    tables = {name: [look_up.content for look_up in rows if look_up.place == f"{ROW_OF}{name}"] for name in _COLUMNS}
    counts = ", ".join(f"{name} {len(found)}" for name, found in tables.items())
    whose = f"run {', '.join(sorted(ids))}" if ids else ", ".join(user.name for user in users)
    return f"Rows in PostgreSQL: {counts} ({whose})", "".join(
        table_html(name, [column for column in _COLUMNS[name] if any(column in row for row in found)], found)
        for name, found in tables.items()
        if found
    )


async def keys_html(cache: CacheClient, runs: Sequence[Run], users: Sequence[User]) -> tuple[str, str]:
    """Read the keys that name a user, a session, a thread or a run.

    Args:
        cache: Where.
        runs: The runs.
        users: The users.

    Returns:
        A caption, and a table of names, times to live and contents.
    """
    wanted = {mark for mark in _ids(runs, users) if mark}
    names = [name for name in await cache.keys() if wanted & set(name.split(":"))]
    rows = await asyncio.gather(*(_key(cache, name) for name in names[-MOST_KEYS:]))
    left_out = len(names) - len(rows)
    caption = f"Keys in Redis: {len(names)}" + (f", {left_out} of them left out" if left_out else "")
    return caption, table_html("keys", ("key", "lives for", "content"), rows) if rows else ""


def _is_of(look_up: LookUp, run_ids: set[str]) -> bool:
    row = look_up.content
    run_id = row["id"] if look_up.place == f"{ROW_OF}runs" else row.get("run_id")
    return not run_ids or run_id in run_ids


def _ids(runs: Iterable[Run], users: Iterable[User]) -> list[str | None]:
    of_runs = [mark for run in runs for mark in (run.run_id, run.thread_id or _thread(run))]
    return [*of_runs, *(mark for user in users for mark in (user.user_id, user.session_id))]


def _thread(run: Run) -> str | None:
    return run.acknowledgement.thread_id if run.acknowledgement else None


async def _key(cache: CacheClient, name: str) -> dict[str, Any]:
    ttl, content = await asyncio.gather(cache.ttl(name), cache.content(name))
    text = content if isinstance(content, str) else compact_json(content)
    return {"key": name, "lives for": "for ever" if ttl is None else f"{ttl:.1f} s", "content": clean(text)}
