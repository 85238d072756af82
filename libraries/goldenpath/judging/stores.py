"""The look-ups at the end of a test and of a suite: rows, pages of runs, keys, each with its owner, for the judge."""

import asyncio
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from goldenpath.clients.backend import BackendClient
from goldenpath.clients.cache import CacheClient
from goldenpath.clients.postgres import PostgresClient
from goldenpath.handles import Run, User
from goldenpath.history.look_ups import KEY, ROW_OF, RUN_PAGE, LookUp
from goldenpath.history.people import Person
from goldenpath.history.rules.kinds import TERMINALS

# Pages of runs are read by the user's own token, and a user may not read at any speed: one page a user, so many users.
MOST_RUN_PAGES = 5

# What stands in a user's own threads, whoever the rows say they belong to, and the order in which it is told.
_IN_THREADS = {
    "messages": ("t.thread_id", "t.seq"),
    "runs": ("t.thread_id", "t.id"),
    "run_steps": ("(SELECT r.thread_id FROM runs r WHERE r.id = t.run_id)", "t.run_id, t.step"),
    "run_events": ("t.thread_id", "t.seq"),
}

_TABLES_WITH_OWNER = (
    "SELECT table_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND column_name = 'user_id' ORDER BY table_name"
)


async def rows_of_threads(postgres: PostgresClient, people: Iterable[Person]) -> list[LookUp]:
    """Read what stands in the threads of some users: messages, runs, steps and events.

    Args:
        postgres: Where.
        people: The users; those without an id yet have no threads.

    Returns:
        One look-up a row, owned by the owner of the thread.
    """
    names = {person.user_id: person.name for person in people if person.user_id}
    if not names:
        return []
    parts = [
        f"(SELECT '{table}' AS place, th.user_id AS owner, to_jsonb(t) AS content"  # noqa: S608 - names from above
        f" FROM {table} t JOIN threads th ON th.id = {thread} WHERE th.user_id = ANY($1) ORDER BY {order})"
        for table, (thread, order) in _IN_THREADS.items()
    ]
    rows = await postgres.fetch(" UNION ALL ".join(parts), [uuid.UUID(user_id) for user_id in names])
    return [LookUp(names[str(row["owner"])], ROW_OF + row["place"], row["content"]) for row in rows]


async def all_rows(
    postgres: PostgresClient, people: Iterable[Person], owners: Mapping[str, str] | None = None
) -> list[LookUp]:
    """Read every row that names one of some users as its owner, in every table whose rows name an owner.

    Usage data is left out: the run has written it itself.

    Args:
        postgres: Where.
        people: The users.
        owners: The tables of a platform that names them otherwise, each with the expression for its owner's id.

    Returns:
        One look-up a row.
    """
    names = {person.user_id: person.name for person in people if person.user_id}
    if not names:
        return []
    ids: list[Any] = list(names)
    if owners:
        owner_of = {table: f"({expression})::text" for table, expression in owners.items()}
    else:
        found = [str(row["table_name"]) for row in await postgres.fetch(_TABLES_WITH_OWNER)]
        owner_of = {"users": "t.id", **dict.fromkeys(found, "t.user_id")}
        ids = [uuid.UUID(user_id) for user_id in names]
    parts = [
        f"SELECT '{table}' AS place, {owner} AS owner, to_jsonb(t) AS content"  # noqa: S608 - names of tables
        f' FROM "{table}" t WHERE {owner} = ANY($1)'
        for table, owner in owner_of.items()
    ]
    rows = await postgres.fetch(" UNION ALL ".join(parts), ids)
    return [LookUp(names[str(row["owner"])], ROW_OF + row["place"], row["content"]) for row in rows]


async def all_keys(cache: CacheClient, people: Sequence[Person]) -> list[LookUp]:
    """Read every key under the platform's prefix.

    Args:
        cache: Where.
        people: The users; a key belongs to the one whose id stands in its name.

    Returns:
        One look-up a key, with its value; keys that name none of them are left out, nobody can say whose they are.
    """
    owners = {mark: person.name for person in people for mark in (person.user_id, *person.marks) if mark}
    found = {name: owner for name in await cache.keys() if (owner := _owner_of(name, owners))}
    contents = await asyncio.gather(*(cache.content(name) for name in found))
    return [
        LookUp(owner, KEY + name, sorted(content) if isinstance(content, set) else content)
        for (name, owner), content in zip(found.items(), contents, strict=True)
    ]


async def run_pages(backend: BackendClient, users: Iterable[User]) -> list[LookUp]:
    """Read the page of the newest ended run of some users, with their own tokens.

    Args:
        backend: Where.
        users: Who asked; those who are logged out by now are refused, and that is no look-up.

    Returns:
        One look-up a page that was shown.
    """
    newest = [_newest_ended(user) for user in users if user.access_token]
    runs = [run for run in newest if run is not None][:MOST_RUN_PAGES]
    replies = await asyncio.gather(*(backend.run(run.user.token(), str(run.run_id)) for run in runs))
    return [
        LookUp(run.user.name, f"{RUN_PAGE}{run.run_id}", reply.body, time.monotonic_ns())
        for run, reply in zip(runs, replies, strict=True)
        if reply.status == 200
    ]


def _newest_ended(user: User) -> Run | None:
    ended = (run for run in reversed(user.runs) if any(frame.type in TERMINALS for frame in run.frames().frames))
    return next(ended, None)


def _owner_of(name: str, owners: Mapping[str, str]) -> str | None:
    """The owner by the ids between the colons of a key's name."""
    return next((owners[part] for part in name.split(":") if part in owners), None)


def introduce(people: Iterable[Person], users: Iterable[User]) -> None:
    """Tell the history what the platform has given the users by now: their ids, and those of what is theirs.

    Args:
        people: The users as the history knows them.
        users: The same as the test knows them.
    """
    known = {user.name: user for user in users}
    shared = [user.tenant_id for user in known.values()]
    for person in people:
        if (user := known.get(person.name)) is None:
            continue
        person.user_id, person.tenant_id = user.user_id, user.tenant_id
        own = {user.user_id, user.session_id, *(run.run_id for run in user.runs), *(run.thread_id for run in user.runs)}
        if shared.count(user.tenant_id) == 1:
            own.add(user.tenant_id)
        person.marks |= {mark for mark in own if mark}
