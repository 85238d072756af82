"""Removes what a run made on the user's own servers: ``python -m goldenpath.platform.cleanup``.

Its guard runs it after everything that used the servers is gone, also when the run itself was killed. Addresses come by
environment, since they may hold passwords.
"""

import asyncio
import os
import sys

import asyncpg
import redis.asyncio

from goldenpath.platform.roles import roles_of

TIMEOUT_S = 10.0
SCAN_COUNT = 500


async def drop_database(server_url: str, database: str) -> None:
    """Remove a database, whoever is still connected to it, and its roles; none of them need exist.

    Args:
        server_url: Any other database of the server.
        database: Its name.
    """
    connection = await asyncpg.connect(server_url, timeout=TIMEOUT_S)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        for role in roles_of(database):
            # an account that may not make roles may not even ask for the removal of one
            if await connection.fetchval("SELECT to_regrole($1) IS NOT NULL", role):
                await connection.execute(f'DROP ROLE IF EXISTS "{role}"')
    finally:
        await connection.close(timeout=TIMEOUT_S)


async def delete_keys(url: str, prefix: str) -> None:
    """Remove all keys that begin with a prefix, and no other.

    Args:
        url: The server.
        prefix: At least one character; nothing in it has a meaning of its own in patterns.
    """
    async with redis.asyncio.from_url(url, socket_connect_timeout=TIMEOUT_S, socket_timeout=TIMEOUT_S) as client:
        async for key in client.scan_iter(match=f"{prefix}*", count=SCAN_COUNT):
            await client.unlink(key)


async def clean_up(env: os._Environ[str] | dict[str, str]) -> None:
    """Remove what the environment names.

    Args:
        env: ``GP_CLEANUP_POSTGRES_URL`` with ``GP_CLEANUP_DATABASE``, ``GP_CLEANUP_REDIS_URL`` with
            ``GP_CLEANUP_PREFIX``, or both.
    """
    if "GP_CLEANUP_POSTGRES_URL" in env:
        await drop_database(env["GP_CLEANUP_POSTGRES_URL"], env["GP_CLEANUP_DATABASE"])
    if "GP_CLEANUP_REDIS_URL" in env:
        await delete_keys(env["GP_CLEANUP_REDIS_URL"], env["GP_CLEANUP_PREFIX"])


def main() -> int:
    """Run the command.

    Returns:
        The exit code: 0, or 1 with the kind of failure on stderr, whose text could hold an address.
    """
    try:
        asyncio.run(clean_up(os.environ))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, redis.RedisError) as error:
        print(type(error).__name__, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
