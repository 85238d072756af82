"""Auth as the rest of the platform meets it: provider, backend and sockets of a whole platform."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import asyncpg
import httpx
import jwt
import pytest
from auth_service import audit_rows, bearer, code, new_email, registered
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from goldenpath.platform.embedded import OPENID_NAME, EmbeddedPlatform, PlatformOptions


@pytest.fixture(scope="module")
def platform() -> Iterator[EmbeddedPlatform]:
    running = EmbeddedPlatform.start(PlatformOptions(openid=True))
    yield running
    errors = running.error_lines()
    running.stop()
    assert errors == []


@pytest.fixture
async def client(platform: EmbeddedPlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=platform.auth_url, timeout=10) as client:
        yield client


@pytest.fixture
async def db(platform: EmbeddedPlatform) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(platform.postgres_url)
    yield conn
    await conn.close()


async def test_a_user_of_the_provider_reaches_the_backend(
    platform: EmbeddedPlatform, client: httpx.AsyncClient
) -> None:
    subject = secrets.token_hex(8)
    person = {"email": new_email(), "email_verified": True}
    assert (await client.put(f"{platform.openid_url}/users/{subject}", json=person)).status_code == 204
    leaving = await client.get("/auth/oauth/login", params={"provider": OPENID_NAME})
    returning = await client.post(leaving.headers["location"], data={"sub": subject})
    pair = (await client.get(returning.headers["location"])).json()
    threads = await client.get(f"{platform.backend_urls[0]}/api/threads", headers=bearer(pair["access_token"]))
    assert threads.status_code == 200


async def test_ending_another_device_closes_its_socket_and_no_other(
    platform: EmbeddedPlatform, client: httpx.AsyncClient
) -> None:
    here, there = await registered(client), await registered(client)
    tokens = [pair["access_token"] for pair in (here, there)]
    async with (
        connect(platform.ws_urls[0], additional_headers=bearer(tokens[0]), proxy=None) as lost,
        connect(platform.ws_urls[0], additional_headers=bearer(tokens[1]), proxy=None) as kept,
    ):
        for socket in (lost, kept):
            await socket.recv()
        sid = jwt.decode(tokens[0], options={"verify_signature": False})["sid"]
        answer = await client.delete(f"/auth/sessions/{sid}", headers=bearer(tokens[0]))
        assert answer.status_code == 204
        await asyncio.wait_for(lost.wait_closed(), timeout=1)
        assert lost.close_code == 1008
        await kept.send('{"type": "ping"}')
        assert '"pong"' in await kept.recv()


async def test_who_lacks_a_permission_is_refused_and_that_is_written_down(
    platform: EmbeddedPlatform, client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    user_id = UUID(pair["user"]["id"])
    await db.execute("UPDATE users SET permissions = '{history}' WHERE id = $1", user_id)
    pair = (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    headers = bearer(pair["access_token"])
    with pytest.raises(InvalidStatus) as refused:
        await connect(platform.ws_urls[0], additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == 403
    answer = await client.get(f"{platform.backend_urls[0]}/api/admin/users", headers=headers)
    assert code(answer) == (403, "FORBIDDEN")
    rows = await db.fetch(
        "SELECT details FROM audit_log WHERE user_id = $1 AND action = 'permission' ORDER BY id", user_id
    )
    assert [json.loads(row["details"]) for row in rows] == [
        {"permission": "chat", "path": "/ws"},
        {"permission": "admin", "path": "/api/admin/users"},
    ]
    assert ("permission", "refused") in await audit_rows(db, str(user_id))


async def test_an_administrators_reading_is_written_down(
    platform: EmbeddedPlatform, client: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    pair = await registered(client)
    user_id = pair["user"]["id"]
    await db.execute("UPDATE users SET permissions = '{admin}' WHERE id = $1", UUID(user_id))
    pair = (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    answer = await client.get(f"{platform.backend_urls[0]}/api/admin/users", headers=bearer(pair["access_token"]))
    assert answer.status_code == 200
    assert ("admin_read", "ok") in await audit_rows(db, user_id)
