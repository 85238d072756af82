"""The service behind, asked over HTTP in the reference's own words."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.datastructures import Headers

from sut.common.errors import ERROR_CODES, PlatformError
from sut.common.trace import traceparent

ANSWER_WITHIN_S = 30.0
# below the time after which the services behind close an idle connection: none is used while it is being closed
IDLE_CONNECTION_S = 2.0
MOST_CONNECTIONS = 500
# what a caller says that the service behind must hear as well
_PASSED_ON = ("authorization", "user-agent", "content-type")


def new_client() -> httpx.AsyncClient:
    """Make the process's HTTP client.

    Returns:
        A client that asks no proxy and follows no redirect.
    """
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=IDLE_CONNECTION_S)
    return httpx.AsyncClient(timeout=ANSWER_WITHIN_S, limits=limits, trust_env=False)


class Reference:
    """One service of the reference platform.

    Args:
        http: The process's HTTP client.
        url: The service's base address, without a slash at the end.
    """

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self.url = url

    async def ask(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask in a caller's name.

        Args:
            method: The HTTP method.
            path: The path.
            headers: The caller's headers; those go on that say who asks.
            json: A body to be written as JSON.
            content: A body as it came.
            params: The query.

        Returns:
            The answer, a success or a redirect.

        Raises:
            PlatformError: What the service answered instead, or ``SERVICE_UNAVAILABLE`` when it did not.
        """
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        if json is not None:
            passed.pop("content-type", None)
        answer = await self._send(method, path, passed, json=json, content=content, params=params)
        if answer.status_code >= 400:
            raise error_of(answer.status_code, answer.content)
        return answer

    async def is_ready(self) -> str:
        """Ask whether the service can work.

        Returns:
            What its ``/health/ready`` calls it, for example ``ready``; ``unavailable`` without an answer.
        """
        try:
            return str((await self._send("GET", "/health/ready", {})).json()["status"])
        except (PlatformError, ValueError, KeyError):
            return "unavailable"

    async def _send(self, method: str, path: str, headers: dict[str, str], **request: Any) -> httpx.Response:
        told = {**headers, "traceparent": traceparent()}
        try:
            return await self._http.request(method, self.url + path, headers=told, **request)
        except httpx.TransportError as error:
            raise away() from error


def error_of(status: int, body: bytes) -> PlatformError:
    """Read an error of the reference.

    Args:
        status: The HTTP status.
        body: The answer's body.

    Returns:
        The error; ``SERVICE_UNAVAILABLE`` when it does not have the reference's form.
    """
    try:
        told = httpx.Response(status, content=body).json()["error"]
        error = PlatformError(told["code"], told["message"], told.get("retry_after_s"), told.get("details") or {})
    except (ValueError, KeyError, TypeError):
        return away()
    return error if error.code in ERROR_CODES else away()


def away() -> PlatformError:
    """Make the error of a service that does not answer.

    Returns:
        ``SERVICE_UNAVAILABLE``.
    """
    return PlatformError("SERVICE_UNAVAILABLE", "The service cannot answer just now; try again shortly.", 1)
