"""The auth service as the backend sees it: its address, a service token, and whether a session stands."""

import logging
from typing import Any

import httpx
from redis.exceptions import RedisError

from sut.common.errors import PlatformError
from sut.common.trace import traceparent
from sut.store.redis import Cache

SERVICE_ID = "backend"
ANSWER_WITHIN_S = 3.0

_log = logging.getLogger(__name__)


class AuthClient:
    """Asks the auth service."""

    def __init__(self, http: httpx.AsyncClient, cache: Cache, service_secret: str) -> None:
        """Make it.

        Args:
            http: The process's HTTP client.
            cache: Redis, where the auth service tells its address.
            service_secret: What proves that a service asks.
        """
        self._http = http
        self._cache = cache
        self._service_secret = service_secret
        self._address: str | None = None
        self._service_token: str | None = None

    async def connect(self) -> None:
        """Find the auth service and get a service token from it.

        Raises:
            PlatformError: ``AUTH_UNAVAILABLE``: it cannot be found, does not answer, or refuses.
        """
        await self._look_up_address()
        answer = await self._call(
            "/auth/service-token", {"service_id": SERVICE_ID, "service_secret": self._service_secret}
        )
        if answer.status_code != httpx.codes.OK:
            raise _unavailable(f"The auth service refuses a service token ({answer.status_code}).")
        self._service_token = str(answer.json()["access_token"])

    async def validate(self, token: str) -> str | None:
        """Ask whether the session of a user's token stands.

        Args:
            token: The user's access token.

        Returns:
            ``None`` when it stands, else why not.

        Raises:
            PlatformError: ``AUTH_UNAVAILABLE``: nobody can tell.
        """
        answer = await self._validate(token)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.connect()  # the service token has run out
            answer = await self._validate(token)
        if answer.status_code != httpx.codes.OK:
            raise _unavailable(f"The auth service cannot tell ({answer.status_code}).")
        body = answer.json()
        return None if body["valid"] else str(body["reason"])

    async def ping(self) -> None:
        """See whether the auth service answers.

        Raises:
            PlatformError: ``AUTH_UNAVAILABLE``: it does not.
        """
        await self._send("GET", "/health/live")

    async def _validate(self, token: str) -> httpx.Response:
        return await self._call("/auth/validate", {"token": token}, {"Authorization": f"Bearer {self._service_token}"})

    async def _call(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        return await self._send("POST", path, json=body, headers={"traceparent": traceparent(), **(headers or {})})

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(method, self._url(path), timeout=ANSWER_WITHIN_S, **request)
        except httpx.TransportError as error:
            # it may have moved: the next call goes to where it is now
            await self._look_up_address()
            raise _unavailable(f"The auth service does not answer ({type(error).__name__}).") from error

    def _url(self, path: str) -> str:
        if self._address is None:
            raise _unavailable("The auth service has not told its address yet.")
        return self._address + path

    async def _look_up_address(self) -> None:
        try:
            told = await self._cache.redis.get(self._cache.keys.auth_registry())
        except RedisError as error:
            _log.warning("the auth service's address cannot be looked up, the last one counts: %s", error)
            return
        if told:
            self._address = str(told).rstrip("/")


def _unavailable(message: str) -> PlatformError:
    return PlatformError("AUTH_UNAVAILABLE", message, retry_after_s=1)
