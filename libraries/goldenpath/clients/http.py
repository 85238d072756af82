"""HTTP calls to a platform, each answered by a `Reply` that keeps when it was asked and answered."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import httpx

from goldenpath.clients.answers import NoAnswer, parsed, told
from goldenpath.clients.recording import Recording
from goldenpath.clients.secure import trust
from goldenpath.errors import PromiseBroken
from goldenpath.history.recorder import Recorder
from goldenpath.targets.dialect import CONTRACT, Dialect

ANSWER_WITHIN_S = 10.0

# Servers close idle connections after 5 s or more; one reused at that very moment would break without their fault.
_KEEP_IDLE_S = 2.0
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. Body and headers may hold tokens, so they are no part of its text.

    Args:
        method: The method of the request.
        path: The path of the request, without the query.
        status: The HTTP status.
        headers: Of the answer; names in any case.
        body: JSON where it is JSON, else text.
        started_ns: `time.monotonic_ns` before the request.
        ended_ns: `time.monotonic_ns` when the whole answer was there.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    started_ns: int = field(repr=False)
    ended_ns: int = field(repr=False)

    @property
    def took_s(self) -> float:
        """Seconds from the request to the end of the answer."""
        return (self.ended_ns - self.started_ns) / 1e9

    def expect(self, *statuses: int) -> Self:
        """Insist on a status.

        Args:
            *statuses: The promised ones.

        Returns:
            The reply itself.

        Raises:
            PromiseBroken: It is another one; the text holds the platform's own error.
        """
        if self.status in statuses:
            return self
        expected = " or ".join(map(str, statuses))
        raise PromiseBroken(f"{self.method} {self.path} answered {told(self.status, self.body)}; expected {expected}")


def bearer(token: str | None) -> dict[str, str]:
    """Give the header that carries a token, or none without a token.

    Args:
        token: An access or service token.

    Returns:
        Headers for one request.
    """
    return {} if token is None else {"Authorization": f"Bearer {token}"}


class HttpClient:
    """Calls to one service. Connections are made at the first call, on the loop that makes it.

    Args:
        base_url: The service's address, for example ``http://127.0.0.1:8081``.
        recorder: The history that every call goes into; ``None`` for calls that are no user's.
        dialect: How the platform talks.
        ca_file: The authority that has signed its certificate; ``None``: one that this machine knows.
    """

    def __init__(
        self,
        base_url: str,
        recorder: Recorder | None = None,
        *,
        dialect: Dialect = CONTRACT,
        ca_file: Path | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.dialect = dialect
        self._ca_file = ca_file
        self._recorder = recorder
        self._client: httpx.AsyncClient | None = None

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            context = trust(self.base_url, self._ca_file) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # No proxy of the environment, and no queue in the client: requests released together leave together.
            self._client = httpx.AsyncClient(
                base_url=self.base_url,
                trust_env=False,
                verify=context,
                timeout=None,  # noqa: S113 - each call has its deadline in `call`
                limits=httpx.Limits(
                    max_connections=None, max_keepalive_connections=None, keepalive_expiry=_KEEP_IDLE_S
                ),
            )
        return self._client

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        within_s: float = ANSWER_WITHIN_S,
    ) -> Reply:
        """Send a request and take the answer, whatever its status.

        Args:
            method: The HTTP method.
            path: The path, from the service's root.
            token: Sent as ``Authorization: Bearer``.
            body: Sent as JSON; ``None`` sends no body.
            query: Parameters; those that are ``None`` are left out.
            headers: Further headers.
            within_s: Seconds until the whole answer must be there.

        Returns:
            The answer; redirects are answers too.

        Raises:
            NoAnswer: There was none in time.
            HistoryFullError: The test's history cannot hold it.
        """
        sent_query = {name: value for name, value in (query or {}).items() if value is not None}
        sent_headers = {**bearer(token), **(headers or {})}
        recording = Recording(self._recorder, method, path, token, body, sent_query, sent_headers)
        started_ns = time.monotonic_ns()
        try:
            async with asyncio.timeout(within_s):
                answer = await self._connected().request(
                    method, path, json=body, params=sent_query or None, headers=sent_headers
                )
        except asyncio.CancelledError:
            recording.unanswered("given up by the test")
            raise
        except TimeoutError:
            recording.unanswered(f"no answer within {within_s:g} s")
            raise NoAnswer(f"{method} {path} got no answer from {self.base_url} within {within_s:g} s") from None
        except httpx.TransportError as error:
            why = str(error) or type(error).__name__
            recording.unanswered(why, never_left=isinstance(error, httpx.ConnectError))
            raise NoAnswer(f"{method} {path} got no answer from {self.base_url}: {why}") from None
        ended_ns = time.monotonic_ns()
        received = parsed(answer.content, answer.headers)
        recording.answered(answer.status_code, answer.headers, answer.text, received)
        return Reply(method, path, answer.status_code, answer.headers, received, started_ns, ended_ns)

    async def speak(
        self,
        name: str,
        *,
        token: str | None = None,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        **parts: str,
    ) -> Reply:
        """Make a call of the contract, in the platform's dialect.

        Args:
            name: The contract's name of the call, see `CONTRACT_CALLS`.
            token: Sent as ``Authorization: Bearer``.
            body: Sent as JSON, in the contract's form; ``None`` sends no body.
            query: Parameters, in the contract's form; those that are ``None`` are left out.
            **parts: What stands in the path.

        Returns:
            The answer in the contract's form: status, body, errors.

        Raises:
            NoAnswer: There was none in time.
        """
        call, asked = self.dialect.calls[name], query or {}
        path = call.path.format(**parts)
        reply = await self.call(call.method, path, token=token, body=call.body(body), query=call.query(asked))
        if self.dialect is CONTRACT:
            return reply
        status = call.statuses.get(reply.status, reply.status)
        good = status < _FIRST_ERROR
        received = call.read(reply.body, asked) if good else self.dialect.error(reply.body)
        return replace(reply, status=status, body=received)

    async def close(self) -> None:
        """Close the connections; a later call makes new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
