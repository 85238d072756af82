"""Runs the migrations when alembic asks for it; started by `sut.migrate`, never by a service."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from sut.common.settings import SettingsError

# any constant will do, as long as two migrations of one database have the same
MIGRATION_LOCK = 7_301_176


def _migrate(connection: Connection) -> None:
    # of two that start at once, the second waits here and then finds nothing to do
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
    connection.commit()
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


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
