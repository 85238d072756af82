"""Failed logins of the last minutes, by e-mail address, whether somebody has it or not.

They stand in PostgreSQL: every auth process sees the same, and neither an absent nor an emptied Redis forgets them.
"""

from datetime import timedelta

from sut.common.ids import new_id
from sut.store.postgres import Connection

# old rows are removed by who adds one: a few more than come in, so that they never pile up
_REMOVED_AT_ONCE = 10


def turn_of(email: str) -> str:
    """Name the turn in which the logins of one address are decided, so that each knows the failures before it.

    Args:
        email: In lower case.

    Returns:
        The name, for `sut.store.postgres.Database`.
    """
    return f"login {email}"


async def locked_for_s(conn: Connection, email: str, *, failures: int, window: timedelta) -> float:
    """Tell how long an address must wait.

    Args:
        conn: A transaction of the system.
        email: In lower case.
        failures: So many within the window lock it.
        window: How far back failures count.

    Returns:
        Seconds until fewer failures lie within the window; 0 when it is not locked.
    """
    left: float | None = await conn.fetchval(
        """SELECT extract(epoch FROM failed_at + $3::interval - now())::float8 FROM login_failures
           WHERE email = $1 AND failed_at > now() - $3::interval
           ORDER BY failed_at DESC OFFSET $2::int - 1 LIMIT 1""",
        email,
        failures,
        window,
    )
    return left or 0.0


async def add(conn: Connection, email: str, *, window: timedelta) -> None:
    """Store a failure, and remove some that no longer count.

    Args:
        conn: A transaction of the system.
        email: In lower case.
        window: How far back failures count.
    """
    await conn.execute("INSERT INTO login_failures (id, email) VALUES ($1, $2)", new_id(), email)
    await conn.execute(
        """DELETE FROM login_failures WHERE id IN (
               SELECT id FROM login_failures WHERE failed_at <= now() - $1::interval
               LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        window,
        _REMOVED_AT_ONCE,
    )


async def forget(conn: Connection, email: str) -> None:
    """Forget an address's failures, because its owner has logged in.

    Args:
        conn: A transaction of the system.
        email: In lower case.
    """
    await conn.execute("DELETE FROM login_failures WHERE email = $1", email)
