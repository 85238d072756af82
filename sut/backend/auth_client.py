"""The auth service as the backend sees it: its address, a service token, and whether a session stands."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import httpx
from redis.exceptions import RedisError

from sut.common.errors import PlatformError
from sut.common.timing import pause
from sut.common.token_keys import PublicKeys, key_id_of
from sut.common.trace import traceparent
from sut.store.redis import Cache

SERVICE_ID = "backend"
ANSWER_WITHIN_S = 3.0
LOOK_UP_EVERY_S = 5.0
MOST_ADDRESSES = 4
KEYS_GOOD_FOR_S = 2.0

_log = logging.getLogger(__name__)


class AuthClient:
    """Asks the auth service."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        cache: Cache,
        service_secret: str,
        keys: PublicKeys | None = None,
        *,
        address: str | None = None,
    ) -> None:
        """Make it.

        Args:
            http: The process's HTTP client.
            cache: Redis, where the auth service tells its address.
            service_secret: What proves that a service asks.
            keys: Where to put the keys that tokens are signed with, when the auth service has keys of its own.
            address: Where the auth service is asked as long as Redis has told nothing.
        """
        self._http = http
        self._cache = cache
        self._service_secret = service_secret
        self._keys = keys
        self._keys_good_until_s = 0.0
        # those that were told and the ones of before, the latest first
        self._addresses = [address.rstrip("/")] if address else []
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
        await self._ask_for_keys()

    async def learn_key(self, token: str) -> None:
        """Make sure that the key is known that a token names, for the auth service may have a new one.

        Args:
            token: A user's access token, not checked yet.

        Raises:
            PlatformError: ``AUTH_UNAVAILABLE``: the auth service cannot be asked.
        """
        key_id = key_id_of(token)
        # who makes up names of keys does not make us ask each time
        if self._keys is None or key_id is None or monotonic() < self._keys_good_until_s:
            return
        if self._keys.key_for(key_id) is None:
            await self._ask_for_keys()

    async def work(self) -> None:
        """Learn, until cancelled, where auth services are; several take turns in telling it."""
        while True:
            await pause(LOOK_UP_EVERY_S)
            await self._look_up_address()

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
        answer = await self._send("GET", "/health/live")
        if answer.status_code != httpx.codes.OK:
            raise _unavailable(f"The auth service is not well ({answer.status_code}).")

    async def _ask_for_keys(self) -> None:
        if self._keys is None:
            return
        answer = await self._send("GET", "/auth/.well-known/jwks.json")
        try:
            self._keys.replace(answer.json())
        except ValueError:
            raise _unavailable("The auth service does not tell its keys.") from None
        self._keys_good_until_s = monotonic() + KEYS_GOOD_FOR_S

    async def _validate(self, token: str) -> httpx.Response:
        return await self._call("/auth/validate", {"token": token}, {"Authorization": f"Bearer {self._service_token}"})

    async def _call(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        return await self._send("POST", path, json=body, headers=headers)

    async def _send(
        self, method: str, path: str, headers: dict[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        told = {"traceparent": traceparent(), **(headers or {})}
        async with _enough_time():
            addresses = await self._where()
            # one that is frozen leaves time for another
            each_s = ANSWER_WITHIN_S / len(addresses)
            for address in addresses:
                try:
                    answer = await self._request(method, address + path, timeout=each_s, headers=told, **request)
                except httpx.TransportError as error:
                    _log.warning("the auth service at %s does not answer: %s", address, type(error).__name__)
                else:
                    self._prefer(address)
                    return answer
            # it may have moved: the next call goes to where it is now
            await self._look_up_address()
        raise _unavailable("The auth service does not answer.")

    async def _request(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            return await self._http.request(method, url, **request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            # It has ended a connection that was idle for long, perhaps just as this was asked, and is still there.
            # Nothing that it is asked for does harm when it is asked twice.
            return await self._http.request(method, url, **request)

    async def _where(self) -> list[str]:
        if not self._addresses:
            await self._look_up_address()
        if not self._addresses:
            raise _unavailable("The auth service has not told its address yet.")
        return list(self._addresses)

    def _prefer(self, address: str) -> None:
        if address in self._addresses:
            self._addresses.remove(address)
        self._addresses.insert(0, address)
        del self._addresses[MOST_ADDRESSES:]

    async def _look_up_address(self) -> None:
        """Learn the address that is told now; those of before are kept, and tried when it does not answer."""
        try:
            told = await self._cache.redis.get(self._cache.keys.auth_registry())
        except RedisError as error:
            _log.debug("the auth service's address cannot be looked up, the last ones count: %s", error)
            return
        if told:
            self._prefer(str(told).rstrip("/"))


def _unavailable(message: str) -> PlatformError:
    return PlatformError("AUTH_UNAVAILABLE", message, retry_after_s=1)


@asynccontextmanager
async def _enough_time() -> AsyncIterator[None]:
    """Let no asker wait for longer than is promised, however many addresses are tried."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            yield
    except TimeoutError:
        raise _unavailable(f"The auth service does not answer within {ANSWER_WITHIN_S:g} s.") from None
