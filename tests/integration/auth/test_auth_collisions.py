"""Requests whose transactions collide: PostgreSQL itself undoes them, and users notice nothing."""

import httpx
import pytest
from auth_service import PASSWORD, Collide, bearer, code, new_email, registered


@pytest.mark.parametrize(
    ("table", "method", "path", "body", "status"),
    [
        ("sessions", "POST", "/auth/register", {"password": PASSWORD}, 201),
        ("sessions", "POST", "/auth/login", {"password": PASSWORD}, 200),
        ("login_failures", "POST", "/auth/login", {"password": "wrong password"}, 401),
        ("refresh_tokens", "POST", "/auth/refresh", {}, 200),
        ("users", "PATCH", "/auth/me", {"preferences": {"theme": "dark"}}, 200),
        ("audit_log", "POST", "/auth/logout", {"all_devices": True}, 204),
    ],
)
async def test_three_collisions_are_not_noticed_and_a_fourth_is_told(
    client: httpx.AsyncClient,
    collide: Collide,
    table: str,
    method: str,
    path: str,
    body: dict[str, object],
    status: int,
) -> None:
    pair = await registered(client)
    if path == "/auth/register":
        body = body | {"email": new_email()}
    elif path == "/auth/login":
        body = body | {"email": pair["user"]["email"]}
    elif path == "/auth/refresh":
        body = {"refresh_token": pair["refresh_token"]}
    await collide(table, 7)
    # four tries are in vain, and the rest of the collisions lies within the patience of the next request
    first, second = [
        await client.request(method, path, headers=bearer(pair["access_token"]), json=body) for _ in range(2)
    ]
    assert code(first) == (503, "SERVICE_UNAVAILABLE")
    assert first.headers["retry-after"] == "1"
    assert second.status_code == status, second.text
