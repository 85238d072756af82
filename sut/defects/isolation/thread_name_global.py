"""A thread's name is its identity, for all users."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="isolation.thread_name_global",
    seen="A and B both name a thread 'default' and get the same one.",
    caught_by=("1176-J2",),
    expects=("equal-names-stay-apart",),
    service="sut.backend",
    here="The titles of threads that a first question opens differ anyhow: they are the questions.",
)


def apply(seams: Seams) -> None:
    """Replace the making of threads."""
    named: dict[str, Any] = {}

    def by_name(add: Any) -> Any:
        async def added(conn: Any, identity: Any, thread_id: Any, title: str) -> Any:
            if title not in named:
                named[title] = await add(conn, identity, thread_id, title)
            return named[title]

        return added

    seams.replace("sut.store.threads:add", by_name)
