"""Which of many sessions have ended: asked by who keeps their sockets open."""

from uuid import UUID

from sut.store.postgres import Connection


async def among(conn: Connection, session_ids: list[UUID]) -> list[UUID]:
    """Find the sessions that may no longer be used.

    Args:
        conn: A transaction of the system.
        session_ids: The sessions in question.

    Returns:
        Those that were revoked, whose user is not active, or that do not exist.
    """
    rows = await conn.fetch(
        """SELECT wanted.id FROM unnest($1::uuid[]) AS wanted (id)
           WHERE NOT EXISTS (
               SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id
               WHERE s.id = wanted.id AND s.revoked_at IS NULL AND u.active)""",
        session_ids,
    )
    return [row["id"] for row in rows]
