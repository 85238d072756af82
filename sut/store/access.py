"""The database roles in which a service works: what they may see is written in ``migrations/access.sql``."""

from dataclasses import dataclass

import asyncpg

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store.connection import Connection

# the policies name their roles, so nobody has to be told them
_ROLES = """
    SELECT max(pg_get_userbyid(polroles[1])) FILTER (WHERE polname = 'own_rows') AS requests,
           max(pg_get_userbyid(polroles[1])) FILTER (WHERE polname = 'every_row') AS system
      FROM pg_policy WHERE polrelid = to_regclass('threads')
"""
_ACT = """
    SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true), set_config('app.user_id', $3, true)
"""


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of one database.

    Args:
        requests: Sees the rows of the user for whom the transaction works, and none without a user.
        system: Sees all rows.
    """

    requests: str
    system: str


async def find_roles(conn: Connection) -> Roles | None:
    """Look up the roles.

    Args:
        conn: A connection, in its account's own role.

    Returns:
        The roles; ``None`` where the migration was not allowed to make any.
    """
    row = await conn.fetchrow(_ROLES)
    if row is None or row["requests"] is None or row["system"] is None:
        return None
    return Roles(row["requests"], row["system"])


async def act_as(conn: Connection, role: str | None, identity: Identity | None) -> None:
    """Tell the database in which role and for whom the transaction works; it forgets both at the transaction's end.

    Args:
        conn: The transaction.
        role: The role; ``None`` stays with the account.
        identity: For whom; ``None`` for nobody.

    Raises:
        PlatformError: ``SERVICE_UNAVAILABLE``: the account may not work in this role.
    """
    tenant_id, user_id = (str(identity.tenant_id), str(identity.user_id)) if identity else ("", "")
    try:
        await conn.execute(_ACT, role or "none", tenant_id, user_id)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidParameterValueError) as error:
        raise PlatformError(
            "SERVICE_UNAVAILABLE", "The database does not let this account work in its role; grant it.", retry_after_s=5
        ) from error
