"""Runs the migrations when alembic asks for it; started by `sut.migrate`, never by a service."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from sut.common.settings import SettingsError

# any constant will do, as long as two migrations of one database have the same
MIGRATION_LOCK = 7_301_176
ACCESS = Path(__file__).with_name("access.sql")


def _migrate(connection: Connection) -> None:
    # of two that start at once, the second waits here and then finds nothing to do
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
        _give_access(connection)


def _give_access(connection: Connection) -> None:
    """Write who may see what: in the transaction of the migrations, so that nobody finds one without the other."""
    suffix = context.config.attributes["role_suffix"]
    connection.execute(text("SELECT set_config('gp.role_suffix', :suffix, true)"), {"suffix": suffix})
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a connection that has just been used
    await_only(driver.execute(ACCESS.read_text(encoding="utf-8")))


async def _connect_and_migrate() -> None:
    url = context.config.attributes["url"]

    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        try:
            return await asyncpg.connect(url, timeout=10, server_settings={"application_name": "gp-migrate-1"})
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError) as error:
            raise SettingsError("The database at GP_POSTGRES_URL does not answer.") from error
        except asyncpg.PostgresError as error:
            raise SettingsError("The database at GP_POSTGRES_URL refuses this account, or does not exist.") from error

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_connect_and_migrate())
