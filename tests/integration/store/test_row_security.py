"""Row-level security: who sees which rows, on a real PostgreSQL, with the roles that the migration made."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from store_rows import GUARDED, USER_TABLES, Rows, add_rows, new_identity

from goldenpath.platform.own_servers import OwnPostgres
from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.service import start_set
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.store.postgres import Connection, Database

WHOSE = "SELECT DISTINCT {column} FROM {table}"


async def whose(conn: Any, table: str) -> set[Any]:
    """See to whom the rows of a table belong."""
    column = "user_id" if table in USER_TABLES else "tenant_id"
    return {row[0] for row in await conn.fetch(WHOSE.format(column=column, table=table))}


async def role_of(conn: Connection) -> tuple[str, bool, bool]:
    row = await conn.fetchrow(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user",
    )
    assert row is not None
    return tuple(row)


async def test_requests_and_system_work_in_roles_without_power(db: Database, ada: Rows) -> None:
    async with db.transaction(ada.identity) as conn:
        assert await role_of(conn) == ("gp_app", False, False)
    async with db.transaction(None) as conn:
        assert await role_of(conn) == ("gp_system", False, False)
    await db.check_row_security()


@pytest.mark.parametrize("table", GUARDED)
async def test_a_user_sees_own_rows_only(db: Database, ada: Rows, bob: Rows, eve: Rows, table: str) -> None:
    for rows in (ada, bob, eve):
        identity = rows.identity
        async with db.transaction(identity) as conn:
            assert await whose(conn, table) == {identity.user_id if table in USER_TABLES else identity.tenant_id}


@pytest.mark.parametrize("table", USER_TABLES)
async def test_another_users_rows_stay_hidden_from_a_statement_that_names_them(
    db: Database, ada: Rows, bob: Rows, eve: Rows, table: str
) -> None:
    for other in (bob, eve):
        async with db.transaction(ada.identity) as conn:
            asked = await conn.fetch(f"SELECT 1 FROM {table} WHERE user_id = $1", other.identity.user_id)
            assert asked == []
            changed = await conn.execute(f"DELETE FROM {table} WHERE user_id = $1", other.identity.user_id)
            assert changed == "DELETE 0"


@pytest.mark.parametrize("table", GUARDED)
async def test_without_a_user_nothing_is_seen(
    postgres_url: str, db: Database, ada: Rows, table: str, owner: "asyncpg.Connection[Any]"
) -> None:
    async with db.transaction(ada.identity) as conn:
        assert await whose(conn, table)
    as_app = await asyncpg.connect(f"{postgres_url}?options=-crole%3Dgp_app")
    try:
        assert await whose(as_app, table) == set()
        # what another transaction was told is forgotten
        async with as_app.transaction():
            await as_app.execute("SELECT set_config('app.user_id', $1, true)", str(ada.identity.user_id))
            assert await whose(as_app, table) == set()  # the tenant is missing
        assert await whose(as_app, table) == set()
    finally:
        await as_app.close()
    assert await whose(owner, table)  # the rows are there


async def test_the_services_account_sees_nothing_in_its_own_name(postgres_server: EmbeddedPostgres, ada: Rows) -> None:
    connection = await asyncpg.connect(postgres_server.service_url)
    for table in (*GUARDED, "users", "sessions", "refresh_tokens"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT 1 FROM {table}")
    await connection.close()


@pytest.mark.parametrize("table", ["threads", "messages", "message_words", "usage_records"])
async def test_a_row_for_another_user_is_refused(db: Database, ada: Rows, bob: Rows, table: str) -> None:
    forged = {
        "threads": "INSERT INTO threads (id, tenant_id, user_id) VALUES ($1, $2, $3)",
        "messages": "INSERT INTO messages (id, tenant_id, user_id, thread_id, seq, role, content, trace_id)"
        f" VALUES ($1, $2, $3, '{bob.thread_id}', 9, 'user', '', '')",
        "message_words": "INSERT INTO message_words (message_id, tenant_id, user_id, thread_id, role, created_at,"
        f" words) VALUES ($1, $2, $3, '{bob.thread_id}', 'user', now(), '{{}}')",
        "usage_records": "UPDATE usage_records SET cost_usd = 0 WHERE id <> $1 AND tenant_id = $2 AND $3::uuid <> id",
    }[table]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(ada.identity) as conn:
            await conn.execute(forged, new_id(), bob.identity.tenant_id, bob.identity.user_id)


async def test_a_row_cannot_be_given_away(db: Database, ada: Rows, bob: Rows) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(ada.identity) as conn:
            await conn.execute(
                "UPDATE threads SET user_id = $1, tenant_id = $2", bob.identity.user_id, bob.identity.tenant_id
            )


async def test_the_system_sees_all_rows(db: Database, ada: Rows, bob: Rows) -> None:
    async with db.transaction(None) as conn:
        for table in USER_TABLES:
            assert {ada.identity.user_id, bob.identity.user_id} <= await whose(conn, table)


async def test_a_request_reads_no_password_and_no_audit(db: Database, ada: Rows) -> None:
    for forbidden in ("password_hash FROM users", "1 FROM refresh_tokens", "1 FROM audit_log", "1 FROM login_failures"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(ada.identity) as conn:
                await conn.fetch(f"SELECT {forbidden}")


async def test_the_auth_service_works_as_the_system_for_everybody(postgres_server: EmbeddedPostgres, ada: Rows) -> None:
    database = await Database.open(postgres_server.service_url, service="test", system_only=True)
    async with database.transaction(ada.identity) as conn:
        assert (await role_of(conn))[0] == "gp_system"
        assert await conn.fetchval("SELECT current_setting('app.user_id')") == str(ada.identity.user_id)
    await database.close()


async def test_an_account_that_may_not_take_on_the_roles_is_told(
    owner: "asyncpg.Connection[Any]", postgres_url: str
) -> None:
    account = f"outsider_{secrets.token_hex(4)}"
    await owner.execute(f"CREATE ROLE {account} LOGIN PASSWORD 'hunter2'")
    place = postgres_url.rpartition("@")[2]
    database = await Database.open(f"postgresql://{account}:hunter2@{place}", service="test")
    with pytest.raises(PlatformError, match="does not let this account work in its role"):
        await database.ping()
    await database.close()
    await owner.execute(f"DROP ROLE {account}")


class UsersServer:
    """A server of the user's, on which their account has certain rights."""

    def __init__(self, owner: "asyncpg.Connection[Any]", postgres_url: str) -> None:
        self._owner = owner
        self._place = urlsplit(postgres_url)
        self.accounts: list[str] = []

    async def account(self, rights: str) -> str:
        """Make an account and give the server's address for it."""
        name = f"user_{secrets.token_hex(4)}"
        await self._owner.execute(f"CREATE ROLE {name} LOGIN {rights} PASSWORD 'hunter2'")
        self.accounts.append(name)
        return self._place._replace(netloc=f"{name}:hunter2@{self._place.netloc.rpartition('@')[2]}").geturl()

    async def roles(self) -> set[str]:
        """List the server's roles."""
        return {row[0] for row in await self._owner.fetch("SELECT rolname FROM pg_roles")}


@pytest.fixture
async def server(owner: "asyncpg.Connection[Any]", postgres_url: str) -> AsyncIterator[UsersServer]:
    server = UsersServer(owner, postgres_url)
    yield server
    for name in server.accounts:
        await owner.execute(f"DROP ROLE {name}")


async def test_two_runs_on_a_users_server_have_roles_of_their_own(server: UsersServer) -> None:
    url = await server.account("CREATEDB CREATEROLE")
    before = await server.roles()
    started = [start_set(lambda services: services.add(OwnPostgres(services.directory, url))) for _ in range(2)]
    assert len(await server.roles() - before) == 4
    names = []
    for _, own in started:
        all_seeing = await asyncpg.connect(own.url)
        ada, bob = [await add_rows(all_seeing, await new_identity(all_seeing)) for _ in range(2)]
        assert await whose(all_seeing, "messages") == {ada.identity.user_id, bob.identity.user_id}
        await all_seeing.close()
        # the owner of the tables is held to the policies as well
        itself = await asyncpg.connect(own.service_url)
        assert {table: await whose(itself, table) for table in GUARDED} == {table: set() for table in GUARDED}
        await itself.close()
        database = await Database.open(own.service_url, service="test")
        async with database.transaction(ada.identity) as conn:
            assert await whose(conn, "messages") == {ada.identity.user_id}
            names.append((await role_of(conn))[0])
        async with database.transaction(None) as conn:
            assert len(await whose(conn, "messages")) == 2
        await database.check_row_security()
        await database.close()
    assert len(set(names)) == 2
    await asyncio.gather(*(asyncio.to_thread(services.stop) for services, _ in started))
    assert await server.roles() == before


async def test_an_account_that_may_not_make_roles_gets_a_database_that_says_so(server: UsersServer) -> None:
    url = await server.account("CREATEDB")
    before = await server.roles()
    services, own = start_set(lambda services: services.add(OwnPostgres(services.directory, url)))
    assert await server.roles() == before
    assert own.url == own.service_url
    itself = await asyncpg.connect(own.url)
    ada, bob = [await add_rows(itself, await new_identity(itself)) for _ in range(2)]
    assert not await itself.fetchval("SELECT bool_or(relrowsecurity) FROM pg_class WHERE relkind = 'r'")
    await itself.close()
    database = await Database.open(own.service_url, service="test")
    async with database.transaction(ada.identity) as conn:
        assert await whose(conn, "messages") == {ada.identity.user_id, bob.identity.user_id}
    with pytest.raises(PlatformError, match="Row-level security is off"):
        await database.check_row_security()
    await database.close()
    services.stop()
