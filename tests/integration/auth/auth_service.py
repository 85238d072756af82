"""An auth service for the integration tests: the real process, on real stores."""

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from goldenpath.platform.http_service import HttpService
from goldenpath.platform.service import ServiceSet, start_set

JWT_SECRET = "the integration tests' token secret"
SERVICE_SECRET = "the integration tests' service secret"
PASSWORD = "correct horse battery"
Collide = Callable[[str, int], Awaitable[None]]


@dataclass
class RunningAuth:
    """A started auth service."""

    servers: ServiceSet = field(repr=False)
    service: HttpService = field(repr=False)
    prefix: str

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.service.url, timeout=10)

    def error_lines(self) -> list[str]:
        log = self.service.process.log_path.read_text()
        return [line for line in log.splitlines() if '"level": "ERROR"' in line or not line.startswith("{")]


def start_auth(
    postgres_url: str, redis_url: str, *arguments: str, env: dict[str, str] | None = None, prefix: str | None = None
) -> RunningAuth:
    prefix = prefix or f"gp-{secrets.token_hex(4)}:"

    def build(servers: ServiceSet) -> HttpService:
        service = HttpService(
            "auth",
            servers.directory,
            "sut.auth",
            arguments=("--environment", "embedded", "--password-cost", "small", *arguments),
            env={
                "GP_POSTGRES_URL": postgres_url,
                "GP_REDIS_URL": redis_url,
                "GP_REDIS_PREFIX": prefix,
                "GP_JWT_SECRET": JWT_SECRET,
                "GP_SERVICE_SECRET": SERVICE_SECRET,
                **(env or {}),
            },
        )
        return servers.add(service)

    servers, service = start_set(build)
    return RunningAuth(servers, service, prefix)


def new_email() -> str:
    return f"ada-{secrets.token_hex(6)}@example.com"


async def registered(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/auth/register", json={"email": new_email(), "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    pair: dict[str, Any] = answer.json()
    return pair


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, JWT_SECRET, ["HS256"], audience="golden-path")
    return claims


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def hmac_signed(claims: dict[str, Any], secret: bytes, key_id: str) -> str:
    """Forge a token as the library would not: HS256 with a text as secret that is a public key."""

    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    signed = ".".join(part(json.dumps(one).encode()) for one in (header, claims))
    return f"{signed}.{part(hmac.digest(secret, signed.encode(), 'sha256'))}"


async def me(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/auth/me", headers=bearer(token))


async def logout(client: httpx.AsyncClient, token: str, **body: Any) -> httpx.Response:
    return await client.post("/auth/logout", headers=bearer(token), json=body)


async def audit_rows(db: asyncpg.Connection, user_id: str) -> list[tuple[str, str]]:
    rows = await db.fetch("SELECT action, outcome FROM audit_log WHERE user_id = $1 ORDER BY id", UUID(user_id))
    return [(row["action"], row["outcome"]) for row in rows]


async def next_message(channel: Any) -> dict[str, Any]:
    async with asyncio.timeout(5):
        async for message in channel.listen():
            if message["type"] == "message":
                told: dict[str, Any] = json.loads(message["data"])
                return told
    raise AssertionError("the channel was closed")
