"""Who is refused for want of a permission stands in the audit log."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store import audit
from sut.store.postgres import Database

_log = logging.getLogger(__name__)


@asynccontextmanager
async def refusals_written(db: Database, identity: Identity, path: str) -> AsyncIterator[None]:
    """Write down when what is done inside is refused with ``FORBIDDEN``; it stays refused, written down or not.

    Args:
        db: PostgreSQL.
        identity: Who asks.
        path: What they ask for.

    Yields:
        Nothing.
    """
    try:
        yield
    except PlatformError as error:
        if error.code == "FORBIDDEN":
            await _write(db, identity, str(error.details.get("permission", "")), path)
        raise


async def _write(db: Database, identity: Identity, permission: str, path: str) -> None:
    try:
        await db.run(identity, lambda conn: audit.refused_permission(conn, identity, permission, path))
    except PlatformError as error:
        _log.warning("a refusal cannot be written down: %s", error.message)
