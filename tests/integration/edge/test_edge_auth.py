"""The auth service's rows of the dialect's table."""

import secrets
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from edge_user import PASSWORD

PAIR = {"access_token", "refresh_token", "token_type", "expires_in"}


async def test_register(ada):
    who = {"email": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD, "name": "Ada"}
    told = await ada.got("POST", "/auth/register", who)
    assert told.keys() == PAIR | {"user"}
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 900)
    assert (told["user"].keys(), told["user"]["name"]) == ({"id", "email", "name"}, "Ada")
    again = await ada.call("POST", "/auth/register", who)
    assert (again.status_code, again.json().keys()) == (409, {"detail"})
    for missing in ("email", "password"):
        refused = await ada.call("POST", "/auth/register", {**who, missing: None})
        assert (refused.status_code, refused.json().keys()) == (422, {"detail"})


async def test_login(ada):
    told = await ada.got("POST", "/auth/login", {"email": ada.email, "password": PASSWORD})
    assert told.keys() == PAIR | {"user"}
    assert told["user"] == {"id": ada.user_id, "email": ada.email}
    refused = await ada.call("POST", "/auth/login", {"email": ada.email, "password": "another horse battery"})
    assert (refused.status_code, refused.json().keys()) == (401, {"detail"})


async def test_dev_login_is_always_the_same_user(ada):
    first, second = [await ada.got("POST", "/auth/dev/login") for _ in range(2)]
    assert first["user"] == second["user"]
    assert first["access_token"] != second["access_token"]


async def test_refresh(ada):
    told = await ada.got("POST", "/auth/refresh", {"refresh_token": ada.refresh_token})
    assert told.keys() == PAIR
    assert told["refresh_token"] != ada.refresh_token
    for body, status in (({"refresh_token": ada.refresh_token}, 401), ({}, 422)):
        refused = await ada.call("POST", "/auth/refresh", body)
        assert (refused.status_code, refused.json().keys()) == (status, {"detail"})


async def test_logout_ends_the_session_everywhere(ada):
    chat = await ada.chat()
    assert (await ada.got("POST", "/auth/logout"))["status"] == "success"
    assert (await chat.closed())[0] == 1008
    for path in ("/auth/me", "/api/threads"):
        assert (await ada.call("GET", path)).status_code == 401
    assert (await ada.got("POST", "/auth/validate", {"token": ada.token}))["valid"] is False


async def test_validate_is_open_to_all(ada):
    answer = await ada.http.post(f"{ada.platform.auth_url}/auth/validate", json={"token": ada.token})
    told = answer.json()
    assert told.pop("expires_at")
    assert told == {"valid": True, "user_id": ada.user_id, "email": ada.email, "permissions": ["chat", "history"]}
    bad = await ada.got("POST", "/auth/validate", {"token": "x.y.z"})
    assert (bad["valid"], bad.keys()) == (False, {"valid", "error", "message"})
    assert (await ada.call("POST", "/auth/validate", {})).status_code == 422


async def test_me(ada):
    told = await ada.got("GET", "/auth/me")
    assert (told["user_id"], told["email"]) == (ada.user_id, ada.email)
    assert told.keys() == {
        *("user_id", "email", "permissions", "name", "created_at", "last_login_at"),
        *("is_verified", "auth_provider", "token_expires_at"),
    }
    refused = await ada.http.get(f"{ada.platform.auth_url}/auth/me")
    assert (refused.status_code, refused.json().keys()) == (401, {"detail"})


async def test_tokens_are_the_references_own(ada):
    claims = jwt.decode(ada.token, options={"verify_signature": False})
    assert (claims["iss"], claims["sub"]) == ("golden-path-auth", ada.user_id)


async def test_login_through_a_provider_ends_at_the_frontend_with_tokens(ada, platform):
    away = await ada.http.get(f"{platform.auth_url}/auth/login", params={"provider": "mock"})
    assert away.status_code == 302
    assert away.headers["location"].startswith(platform.openid_url)
    subject = secrets.token_hex(6)
    person = {"email": f"{subject}@example.com", "email_verified": True}
    assert (await ada.http.put(f"{platform.openid_url}/users/{subject}", json=person)).status_code == 204
    back = await ada.http.post(away.headers["location"], data={"sub": subject})
    assert back.headers["location"].startswith(f"{platform.auth_url}/auth/")
    front = await ada.http.get(back.headers["location"])
    assert front.status_code == 302, front.text
    assert front.headers["location"].startswith("http://localhost:3000/auth/callback?")
    token = parse_qs(urlsplit(front.headers["location"]).query)["access_token"][0]
    assert (await ada.got("POST", "/auth/validate", {"token": token}))["valid"] is True
    unknown = await ada.http.get(f"{platform.auth_url}/auth/login", params={"provider": "nobody"})
    used = await ada.http.get(f"{platform.auth_url}/auth/callback?{urlsplit(back.headers['location']).query}")
    for refused in (unknown, used):
        assert (refused.status_code, refused.json().keys()) == (400, {"detail"})


@pytest.mark.parametrize(
    "path", ["/auth/sessions", "/auth/service-token", "/auth/admin/users", "/auth/.well-known/jwks.json"]
)
async def test_what_is_not_offered_is_not_there(ada, path):
    answer = await ada.call("GET", path)
    assert (answer.status_code, answer.json().keys()) == (404, {"detail"})


async def test_health_of_both(ada, platform):
    for base in (platform.auth_url, *platform.backend_urls):
        for path, status in (("/health", "healthy"), ("/health/ready", "ready")):
            answer = await ada.http.get(base + path)
            assert (answer.status_code, answer.json()["status"]) == (200, status)
            assert answer.json().keys() == {
                *("status", "service", "version", "timestamp"),
                *("uptime_seconds", "environment"),
            }


async def test_a_body_that_is_no_json_and_a_wrong_method_have_the_dialects_form(ada, platform):
    bad = await ada.http.post(f"{platform.auth_url}/auth/login", content=b"{")
    wrong = await ada.http.put(f"{platform.auth_url}/auth/login")
    assert [(one.status_code, one.json().keys()) for one in (bad, wrong)] == [(400, {"detail"}), (405, {"detail"})]
