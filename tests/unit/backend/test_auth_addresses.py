"""Where the backend asks for sessions: the address that is told, those of before, and hosts found by a table."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from sut.backend.auth_client import AuthClient
from sut.backend.resolver import ResolvingTransport
from sut.backend.settings import read_settings
from sut.common.errors import PlatformError
from sut.common.settings import SettingsError
from sut.store.keys import Keys

ENV = {
    "GP_POSTGRES_URL": "postgresql://somebody@127.0.0.1:1/none",
    "GP_REDIS_URL": "redis://127.0.0.1:1/0",
    "GP_JWT_SECRET": "a key of the tests, nobody else's",
    "GP_SERVICE_SECRET": "another key of the tests, longer still",
}


@dataclass
class Registry:
    """Redis, with the one key that matters here."""

    told: str | None = None
    away: bool = False
    keys: Keys = field(default_factory=lambda: Keys("t:"))

    @property
    def redis(self) -> "Registry":
        return self

    async def get(self, _key: str) -> str | None:
        if self.away:
            raise RedisConnectionError
        return self.told


class Services:
    """Auth services by address."""

    def __init__(self) -> None:
        self.alive: set[str] = set()
        self.asked: list[str] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        address = f"{request.url.host}:{request.url.port}"
        self.asked.append(address)
        if address not in self.alive:
            raise httpx.ConnectError("refused")
        body: dict[str, Any] = {"valid": True} if request.url.path == "/auth/validate" else {"access_token": "t"}
        return httpx.Response(200, json=body)


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def registry() -> Registry:
    return Registry("http://one:1")


@pytest.fixture
def auth(services: Services, registry: Registry) -> AuthClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(services))
    return AuthClient(http, registry, "secret")  # type: ignore[arg-type]


async def test_last_good_address_counts_while_redis_is_away_or_empty(
    auth: AuthClient, services: Services, registry: Registry
) -> None:
    services.alive = {"one:1"}
    await auth.connect()
    for registry.away, registry.told in ((True, None), (False, None)):
        assert await auth.validate("token") is None


async def test_address_of_the_start_counts_until_redis_tells_one(services: Services, registry: Registry) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(services))
    services.alive = {"start:1"}
    registry.away = True
    lost = AuthClient(http, registry, "secret")  # type: ignore[arg-type]
    with pytest.raises(PlatformError, match="AUTH_UNAVAILABLE"):
        await lost.connect()
    auth = AuthClient(http, registry, "secret", address="http://start:1/")  # type: ignore[arg-type]
    await auth.connect()
    assert await auth.validate("token") is None
    services.alive, registry.away, registry.told = {"start:1", "two:2"}, False, "http://two:2"
    await auth.connect()
    services.asked.clear()
    assert await auth.validate("token") is None
    assert services.asked == ["two:2"]


async def test_another_service_is_asked_when_the_one_dies(
    auth: AuthClient, services: Services, registry: Registry
) -> None:
    services.alive = {"one:1", "two:2"}
    await auth.connect()
    registry.told = "http://two:2/"
    await auth.connect()
    registry.away = True
    services.alive = {"one:1"}
    assert await auth.validate("token") is None
    services.asked.clear()
    # and from now on it is the first to be asked
    assert await auth.validate("token") is None
    assert services.asked == ["one:1"]


async def test_service_that_moved_is_found_at_the_next_call(
    auth: AuthClient, services: Services, registry: Registry
) -> None:
    services.alive = {"one:1"}
    await auth.connect()
    services.alive, registry.told = {"three:3"}, "http://three:3"
    with pytest.raises(PlatformError) as refused:
        await auth.validate("token")
    assert refused.value.code == "AUTH_UNAVAILABLE"
    assert await auth.validate("token") is None


async def test_hosts_of_the_table_are_found_there_and_keep_their_name() -> None:
    seen: list[tuple[str, str, str | None]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers["host"], request.extensions.get("sni_hostname")))
        return httpx.Response(200)

    transport = ResolvingTransport({"llm.example": "127.0.0.9"}, httpx.MockTransport(answer))
    async with httpx.AsyncClient(transport=transport) as http:
        await http.get("http://LLM.example:81/x")
        await http.get("http://other.example/")
    assert seen == [("127.0.0.9", "llm.example:81", "llm.example"), ("other.example", "other.example", None)]


def test_table_is_read_from_the_command_line() -> None:
    settings = read_settings(["--resolve", "LLM.example=127.0.0.9", "--resolve", "auth=::1"], ENV)
    assert settings.resolve == {"llm.example": "127.0.0.9", "auth": "::1"}
    for bad in ("llm", "llm=", "=127.0.0.1", "llm=elsewhere"):
        with pytest.raises(SettingsError):
            read_settings(["--resolve", bad], ENV)
