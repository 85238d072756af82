"""Tokens signed with the auth service's own key: the backend learns it, learns a new one, and takes nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt
import pytest
from auth_service import (
    JWT_SECRET,
    SERVICE_SECRET,
    RunningAuth,
    bearer,
    code,
    hmac_signed,
    me,
    public_pem,
    registered,
    start_auth,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from goldenpath.platform.http_service import HttpService
from goldenpath.platform.service import start_set
from goldenpath.polling import NotYet, until
from sut.backend.auth_client import AuthClient
from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.token_check import TokenCheck
from sut.common.token_keys import PrivateKey, PublicKeys
from sut.common.tokens import TokenIssuer, TokenVerifier
from sut.store.redis import Cache

RS256 = ("--jwt-algorithm", "RS256")
KEY_SET = "/auth/.well-known/jwks.json"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: rsa.RSAPrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(*form, serialization.NoEncryption()).decode()


KEY = new_key()


@pytest.fixture(scope="module")
def auth(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAuth]:
    path = Path(tmp_path_factory.mktemp("key")) / "key.pem"
    path.write_text(pem_of(KEY))
    running = start_auth(postgres_url, redis_url, *RS256, env={"GP_JWT_PRIVATE_KEY_FILE": str(path)})
    yield running
    errors = running.error_lines()
    running.servers.stop()
    assert errors == []


@contextmanager
def started_backend(auth: RunningAuth, postgres_url: str, redis_url: str) -> Iterator[HttpService]:
    env = {
        "GP_POSTGRES_URL": postgres_url,
        "GP_REDIS_URL": redis_url,
        "GP_REDIS_PREFIX": auth.prefix,
        "GP_SERVICE_SECRET": SERVICE_SECRET,
    }
    arguments = ("--environment", "embedded", *RS256)
    servers, backend = start_set(
        lambda services: services.add(
            HttpService("backend", services.directory, "sut.backend", arguments=arguments, env=env)
        )
    )
    yield backend
    servers.stop()


@pytest.fixture
async def backend(auth: RunningAuth, postgres_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    starting = started_backend(auth, postgres_url, redis_url)
    running = await asyncio.to_thread(starting.__enter__)
    async with httpx.AsyncClient(base_url=running.url, timeout=10) as client:
        yield client
    await asyncio.to_thread(starting.__exit__, None, None, None)


async def threads(backend: httpx.AsyncClient, token: str) -> httpx.Response:
    return await backend.get("/api/threads", headers=bearer(token))


async def test_the_backend_checks_tokens_by_the_key_set_alone(
    client: httpx.AsyncClient, backend: httpx.AsyncClient
) -> None:
    pair = await registered(client)
    header = jwt.get_unverified_header(pair["access_token"])
    (public,) = (await client.get(KEY_SET)).json()["keys"]
    assert (header["alg"], header["kid"]) == ("RS256", public["kid"])
    assert "d" not in public
    assert (await threads(backend, pair["access_token"])).status_code == 200
    assert (await me(client, pair["access_token"])).status_code == 200
    assert (await client.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]})).status_code == 200
    claims = jwt.decode(pair["access_token"], options={"verify_signature": False})
    forged = [
        hmac_signed(claims, public_pem(KEY), public["kid"]),
        hmac_signed(claims, JWT_SECRET.encode(), public["kid"]),
        jwt.encode(claims, None, "none", headers={"kid": public["kid"]}),
        jwt.encode(claims, new_key(), "RS256", headers={"kid": public["kid"]}),
        jwt.encode(claims, new_key(), "RS256", headers={"kid": "unknown"}),
    ]
    for token in forged:
        assert code(await threads(backend, token)) == (401, "UNAUTHENTICATED")
        assert code(await me(client, token)) == (401, "UNAUTHENTICATED")


async def test_a_new_key_is_learnt(
    auth: RunningAuth, backend: httpx.AsyncClient, postgres_url: str, redis_url: str
) -> None:
    def start_other() -> RunningAuth:
        env = {"GP_JWT_PRIVATE_KEY": pem_of(new_key())}
        return start_auth(postgres_url, redis_url, *RS256, env=env, prefix=auth.prefix)

    other = await asyncio.to_thread(start_other)
    try:
        async with other.client() as client:
            token = (await registered(client))["access_token"]

        async def accepted() -> httpx.Response:
            answer = await threads(backend, token)
            if answer.status_code != 200:
                raise NotYet(answer.text)
            return answer

        await until(accepted, within_s=20, what="the token of the new key")
    finally:
        await asyncio.to_thread(other.servers.stop)


async def test_an_unknown_key_during_an_outage_is_an_outage_and_no_refusal() -> None:
    nobody = Cache.open("redis://127.0.0.1:1/0", "gp:")
    keys = PublicKeys()
    async with httpx.AsyncClient() as http:
        auth = AuthClient(http, nobody, SERVICE_SECRET, keys)
        check = TokenCheck(TokenVerifier(keys), nobody, auth.validate, auth.learn_key)
        token = TokenIssuer(PrivateKey(pem_of(KEY))).access(new_id(), new_id(), new_id(), ["chat"]).text
        for shown, refusal in ((token, "AUTH_UNAVAILABLE"), ("nonsense", "UNAUTHENTICATED")):
            with pytest.raises(PlatformError) as refused:
                await check(shown)
            assert refused.value.code == refusal
    await nobody.close()


async def test_with_a_shared_secret_no_key_is_told(
    client: httpx.AsyncClient, postgres_url: str, redis_url: str
) -> None:
    running = await asyncio.to_thread(start_auth, postgres_url, redis_url)
    try:
        async with running.client() as with_secret:
            assert (await with_secret.get(KEY_SET)).json() == {"keys": []}
            token = (await registered(client))["access_token"]
            assert code(await me(with_secret, token)) == (401, "UNAUTHENTICATED")
    finally:
        await asyncio.to_thread(running.servers.stop)
