"""Login through a provider: the mocked one for the whole way, a strict one for everything that must be refused."""

import asyncio
import dataclasses
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID

import asyncpg
import httpx
import jwt
import pytest
from auth_service import (
    PASSWORD,
    Collide,
    RunningAuth,
    audit_rows,
    claims_of,
    code,
    hmac_signed,
    me,
    new_email,
    public_pem,
    registered,
    start_auth,
)
from strict_provider import CLIENT_ID, CLIENT_SECRET, StrictProvider, new_key, strict_provider

from goldenpath.platform.embedded import openid_arguments, openid_credentials, start_openid
from goldenpath.platform.http_service import HttpService
from goldenpath.platform.service import start_set

LOGIN, CALLBACK = "/auth/oauth/login", "/auth/oauth/callback"
STRICT_CREDENTIALS = {"GP_OIDC_STRICT_ONE_CLIENT_ID": CLIENT_ID, "GP_OIDC_STRICT_ONE_CLIENT_SECRET": CLIENT_SECRET}
MOCK = {"provider": "mock"}
STRICT = {"provider": "strict-one"}


@pytest.fixture(scope="module")
def mock() -> Iterator[HttpService]:
    servers, provider = start_set(lambda services: services.add(start_openid(services.directory)))
    yield provider
    servers.stop()


@pytest.fixture(scope="module")
def strict_server() -> Iterator[StrictProvider]:
    with strict_provider() as provider:
        yield provider


@pytest.fixture
def strict(strict_server: StrictProvider) -> Iterator[StrictProvider]:
    truth = dataclasses.replace(strict_server)
    yield strict_server
    for name in ("bend", "sign", "broken", "issuer"):
        setattr(strict_server, name, getattr(truth, name))


@pytest.fixture(scope="module")
def auth(postgres_url: str, redis_url: str, mock: HttpService, strict_server: StrictProvider) -> Iterator[RunningAuth]:
    arguments = (*openid_arguments(mock), "--oidc", f"strict-one={strict_server.url}")
    env = openid_credentials(mock) | STRICT_CREDENTIALS
    running = start_auth(postgres_url, redis_url, *arguments, env=env)
    yield running
    errors = running.error_lines()
    running.servers.stop()
    assert errors == []


@pytest.fixture
async def provider(mock: HttpService) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=mock.url) as client:
        yield client


async def leave(client: httpx.AsyncClient, **query: str) -> str:
    answer = await client.get(LOGIN, params=query)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def sign_in_at(provider: httpx.AsyncClient, location: str, **person: Any) -> str:
    """Be a user at the mocked provider's page; where the browser is sent afterwards."""
    subject = person.pop("sub")
    assert (await provider.put(f"/users/{subject}", json=person)).status_code == 204
    answer = await provider.post(location, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def person(email: str, **changes: Any) -> dict[str, Any]:
    return {"sub": f"s-{secrets.token_hex(6)}", "email": email, "email_verified": True, "name": "Ada"} | changes


async def strict_login(client: httpx.AsyncClient, strict: StrictProvider, told: dict[str, Any]) -> httpx.Response:
    brought = strict.authorize(await leave(client, **STRICT), secrets.token_hex(8), **told)
    return await client.get(CALLBACK, params=brought)


async def test_a_new_user_comes_back_with_tokens(
    client: httpx.AsyncClient, provider: httpx.AsyncClient, db: asyncpg.Connection
) -> None:
    email = new_email()
    back = await sign_in_at(provider, await leave(client, **MOCK), **person(email.upper()))
    answer = await client.get(back)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    assert (pair["user"]["email"], pair["user"]["name"]) == (email, "Ada")
    assert pair["user"]["permissions"] == ["chat", "history"]
    assert answer.headers["cache-control"] == "no-store"
    assert (await me(client, pair["access_token"])).status_code == 200
    assert (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).status_code == 200
    body = {"email": email, "password": PASSWORD}
    assert code(await client.post("/auth/login", json=body)) == (401, "INVALID_CREDENTIALS")
    assert ("login", "ok") in await audit_rows(db, pair["user"]["id"])


async def test_the_way_there_carries_pkce_a_nonce_and_a_state_that_is_stored_nowhere(
    client: httpx.AsyncClient, mock: HttpService, auth: RunningAuth, db: asyncpg.Connection
) -> None:
    locations = [await leave(client, **MOCK) for _ in range(2)]
    queries = [{name: values[0] for name, values in parse_qs(urlsplit(one).query).items()} for one in locations]
    assert locations[0].startswith(f"{mock.url}/oauth2/authorize?")
    first, second = queries
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["redirect_uri"] == f"{auth.service.url}{CALLBACK}"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]
    digest = hashlib.sha256(first["state"].encode()).digest()
    row = await db.fetchrow("SELECT *, expires_at - now() AS life FROM oauth_logins WHERE state_digest = $1", digest)
    assert row is not None
    assert 0 < row["life"].total_seconds() <= 600
    assert first["state"] not in str(dict(row))
    assert row["code_verifier"] not in locations[0]


async def test_a_verified_address_that_exists_is_linked_and_stays_so(
    client: httpx.AsyncClient, provider: httpx.AsyncClient
) -> None:
    account = await registered(client)
    told = person(account["user"]["email"])
    first = await client.get(await sign_in_at(provider, await leave(client, **MOCK), **told))
    assert first.json()["user"] == account["user"]
    assert claims_of(first.json()["access_token"])["sid"] != claims_of(account["access_token"])["sid"]
    # the same user of the provider, with another address since
    moved = await client.get(await sign_in_at(provider, await leave(client, **MOCK), **(told | {"email": new_email()})))
    assert moved.json()["user"] == account["user"]


@pytest.mark.parametrize("changes", [{"email_verified": False}, {"email_verified": "true"}, {"email": "nonsense"}])
async def test_an_address_that_is_not_verified_is_refused(
    client: httpx.AsyncClient, strict: StrictProvider, changes: dict[str, Any]
) -> None:
    account = await registered(client)
    answer = await strict_login(client, strict, person(account["user"]["email"]) | changes)
    assert code(answer) == (409, "EMAIL_NOT_VERIFIED")


async def test_the_mocked_provider_says_nothing_of_verification_unless_told(
    client: httpx.AsyncClient, provider: httpx.AsyncClient
) -> None:
    account = await registered(client)
    email = account["user"]["email"]
    back = await sign_in_at(provider, await leave(client, **MOCK), sub=email, email=email)
    assert code(await client.get(back)) == (409, "EMAIL_NOT_VERIFIED")


@pytest.mark.parametrize("query", [{}, {"provider": ""}, {"provider": "unknown"}, {"provider": "MOCK"}])
async def test_an_unknown_provider_is_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert code(await client.get(LOGIN, params=query)) == (400, "UNKNOWN_PROVIDER")


async def test_a_state_is_used_once_even_by_many_at_once(client: httpx.AsyncClient, strict: StrictProvider) -> None:
    brought = strict.authorize(await leave(client, **STRICT), "c", **person(new_email()))
    answers = await asyncio.gather(*(client.get(CALLBACK, params=brought) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 5
    assert {code(answer)[1] for answer in answers if answer.status_code == 400} == {"INVALID_STATE"}


async def test_a_bad_state_is_refused(
    client: httpx.AsyncClient, strict: StrictProvider, db: asyncpg.Connection
) -> None:
    for query in ({}, {"code": "x"}, {"code": "x", "state": ""}, {"code": "x", "state": "x\0"}, {"state": "x" * 9000}):
        assert code(await client.get(CALLBACK, params=query)) == (400, "INVALID_STATE")
    brought = strict.authorize(await leave(client, **STRICT), "late", **person(new_email()))
    await db.execute("UPDATE oauth_logins SET expires_at = now()")
    assert code(await client.get(CALLBACK, params=brought)) == (400, "INVALID_STATE")


async def test_the_code_verifier_is_shown_to_the_provider_and_fits(
    client: httpx.AsyncClient, strict: StrictProvider
) -> None:
    location = await leave(client, **STRICT)
    brought = strict.authorize(location, "pkce", **person(new_email()))
    assert (await client.get(CALLBACK, params=brought)).status_code == 200
    assert strict.forms[-1]["code_verifier"] not in location
    assert strict.client == f"{quote(CLIENT_ID, '')}:{quote(CLIENT_SECRET, '')}"
    # a stolen code does not fit another login's verifier
    stolen = strict.authorize(await leave(client, **STRICT), "stolen", **person(new_email()))
    own = strict.authorize(await leave(client, **STRICT), "own", **person(new_email()))
    answer = await client.get(CALLBACK, params=own | {"code": stolen["code"]})
    assert code(answer) == (400, "OAUTH_REFUSED")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another client"], "azp": "another client"},
        {"exp": int(time.time()) - 60},
        {"nonce": "another login's"},
        {"nonce": None},
        {"exp": None},
        {"sub": None},
    ],
)
async def test_a_word_that_does_not_hold_is_refused(
    client: httpx.AsyncClient, strict: StrictProvider, db: asyncpg.Connection, changes: dict[str, Any]
) -> None:
    strict.bend = lambda claims: {name: value for name, value in (claims | changes).items() if value is not None}
    email = new_email()
    assert code(await strict_login(client, strict, person(email))) == (400, "OAUTH_REFUSED")
    assert await db.fetchval("SELECT count(*) FROM users WHERE email = $1", email) == 0


async def test_a_word_that_another_signed_is_refused(client: httpx.AsyncClient, strict: StrictProvider) -> None:
    public = public_pem(strict.key)
    stranger = new_key()
    signers = [
        lambda told: jwt.encode(told, stranger, "RS256", headers={"kid": strict.key_id}),
        lambda told: jwt.encode(told, stranger, "RS256", headers={"kid": "unknown"}),
        lambda told: hmac_signed(told, public, strict.key_id),
        lambda told: jwt.encode(told, CLIENT_SECRET, "HS256", headers={"kid": strict.key_id}),
        lambda told: jwt.encode(told, None, "none", headers={"kid": strict.key_id}),
        lambda _told: "nonsense",
    ]
    for signer in signers:
        strict.sign = signer
        assert code(await strict_login(client, strict, person(new_email()))) == (400, "OAUTH_REFUSED")


async def test_a_new_key_of_the_provider_is_learnt(client: httpx.AsyncClient, strict: StrictProvider) -> None:
    assert (await strict_login(client, strict, person(new_email()))).status_code == 200
    strict.key, strict.key_id = new_key(), "second"
    assert (await strict_login(client, strict, person(new_email()))).status_code == 200


async def test_a_user_who_says_no_is_refused(client: httpx.AsyncClient, strict: StrictProvider) -> None:
    for further in ({"error": "access_denied"}, {"code": "x", "iss": "https://elsewhere.example"}, {}):
        brought = strict.authorize(await leave(client, **STRICT), "x", **person(new_email()))
        answer = await client.get(CALLBACK, params={"state": brought["state"]} | further)
        assert code(answer) == (400, "OAUTH_REFUSED")


async def test_a_closed_account_stays_closed(
    client: httpx.AsyncClient, strict: StrictProvider, db: asyncpg.Connection
) -> None:
    account = await registered(client)
    await db.execute("UPDATE users SET active = false WHERE id = $1", UUID(account["user"]["id"]))
    answer = await strict_login(client, strict, person(account["user"]["email"]))
    assert code(answer) == (401, "INVALID_CREDENTIALS")


async def test_a_provider_that_fails_is_an_outage_and_no_refusal(
    client: httpx.AsyncClient, strict: StrictProvider
) -> None:
    brought = strict.authorize(await leave(client, **STRICT), "x", **person(new_email()))
    strict.broken = True
    assert code(await client.get(CALLBACK, params=brought)) == (503, "SERVICE_UNAVAILABLE")


async def test_three_collisions_on_the_way_to_the_provider_are_not_noticed_and_a_fourth_is_told(
    client: httpx.AsyncClient, strict: StrictProvider, collide: Collide
) -> None:
    await collide("oauth_logins", 7)
    answer = await client.get(LOGIN, params=STRICT)
    assert code(answer) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"
    brought = strict.authorize(await leave(client, **STRICT), secrets.token_hex(8), **person(new_email()))
    assert (await client.get(CALLBACK, params=brought)).status_code == 200


async def test_a_refused_login_is_written_down_once_even_when_that_collides_three_times(
    client: httpx.AsyncClient, strict: StrictProvider, collide: Collide, db: asyncpg.Connection
) -> None:
    brought = strict.authorize(await leave(client, **STRICT), "x", **person(new_email()) | {"email_verified": False})
    await collide("audit_log", 3)
    answer = await client.get(CALLBACK, params=brought)
    assert code(answer) == (409, "EMAIL_NOT_VERIFIED")
    rows = await db.fetch(
        "SELECT action, outcome, details FROM audit_log WHERE trace_id = $1", answer.headers["x-trace-id"]
    )
    assert [(row["action"], row["outcome"], json.loads(row["details"])) for row in rows] == [
        ("login", "failed", {"provider": "strict-one", "reason": "email_not_verified"})
    ]


async def test_two_first_logins_at_once_make_one_account(client: httpx.AsyncClient, strict: StrictProvider) -> None:
    told = person(new_email())
    answers = await asyncio.gather(*(strict_login(client, strict, told) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.json()["user"]["id"] for answer in answers}) == 1


async def test_no_secret_is_in_the_log(auth: RunningAuth, client: httpx.AsyncClient, strict: StrictProvider) -> None:
    brought = strict.authorize(await leave(client, **STRICT), secrets.token_hex(8), **person(new_email()))
    pair = (await client.get(CALLBACK, params=brought)).json()
    log = Path(auth.service.process.log_path).read_text()
    for secret in (brought["code"], brought["state"], CLIENT_SECRET, pair["access_token"], pair["refresh_token"]):
        assert secret not in log
