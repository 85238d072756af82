"""Asks an OpenAI-compatible LLM, with streaming, retries and a breaker."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx

from sut.agents.breaker import LlmBreaker
from sut.common.errors import PlatformError
from sut.common.timing import pause, utc_now
from sut.common.trace import traceparent

RETRY_WAITS_S = (0.5, 1.0, 2.0)
# A provider that wants longer than this is not waited for: the run would be over before.
LONGEST_WAIT_S = 20.0
LONGEST_ANSWER = 64 * 1024

Message = dict[str, str]
TellRetry = Callable[[int, float, str], Awaitable[None]]


@dataclass(eq=False)
class _TryFailed(Exception):  # noqa: N818 - one try, not the call
    """One try went wrong.

    Args:
        reason: In plain words.
        trouble: Whether it shows the provider in trouble: worth another try, and counted by the breaker.
        retry_after_s: How long the provider wants to be left alone.
    """

    reason: str
    trouble: bool = True
    retry_after_s: float | None = None


class LlmClient:
    """Asks one model of one provider.

    Args:
        http: The process's HTTP client.
        breaker: The provider's breaker.
        url: Base address, with or without ``/v1``.
        model: The model to ask.
        api_key: Sent as Bearer when given.
        first_token_s: Seconds until the first token, and between two tokens.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        breaker: LlmBreaker,
        *,
        url: str,
        model: str,
        api_key: str | None,
        first_token_s: float,
    ) -> None:
        self._http = http
        self._breaker = breaker
        self._url = url.rstrip("/").removesuffix("/v1") + "/v1/chat/completions"
        self._model = model
        self._api_key = api_key
        self._first_token_s = first_token_s

    async def ask(self, messages: list[Message], tell_retry: TellRetry) -> str:
        """Ask until there is an answer, or no sense in asking on. Each call carries the current trace.

        Args:
            messages: The prompt.
            tell_retry: Told before each wait: number of the retry from 1, seconds to wait, reason.

        Returns:
            The whole answer, not empty.

        Raises:
            PlatformError: ``LLM_UNAVAILABLE`` when there is no answer.
        """
        tries = len(RETRY_WAITS_S) + 1
        for attempt in range(1, tries + 1):
            try:
                return await self._one_try(messages)
            except _TryFailed as failure:
                if attempt == tries or not failure.trouble:
                    raise PlatformError("LLM_UNAVAILABLE", f"No answer from the LLM: {failure.reason}.") from failure
                wait_s = RETRY_WAITS_S[attempt - 1] if failure.retry_after_s is None else failure.retry_after_s
                if wait_s > LONGEST_WAIT_S:
                    raise PlatformError(
                        "LLM_UNAVAILABLE",
                        f"No answer from the LLM: {failure.reason}; it asks for {wait_s:g} s of patience.",
                        retry_after_s=wait_s,
                    ) from failure
                await tell_retry(attempt, wait_s, failure.reason)
                await pause(wait_s)
        raise AssertionError("the last try returns or raises")

    async def _one_try(self, messages: list[Message]) -> str:
        if not self._breaker.admit():
            raise _TryFailed("it failed several times in a row and is left alone for a while", trouble=False)
        try:
            answer = await self._stream(messages)
        except _TryFailed as failure:
            if failure.trouble:
                self._breaker.failed()
            else:
                self._breaker.gave_up()
            raise
        except BaseException:
            self._breaker.gave_up()
            raise
        self._breaker.succeeded()
        return answer

    async def _stream(self, messages: list[Message]) -> str:
        body = {"model": self._model, "messages": messages, "stream": True, "temperature": 0}
        headers = {"traceparent": traceparent()}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        collected = _Answer()
        loop = asyncio.get_running_loop()
        try:
            async with (
                asyncio.timeout(self._first_token_s) as limit,
                self._http.stream("POST", self._url, json=body, headers=headers) as response,
            ):
                _check_status(response)
                async for line in response.aiter_lines():
                    if collected.take(line):
                        limit.reschedule(loop.time() + self._first_token_s)
                    if collected.complete:
                        break
        except TimeoutError:
            raise _TryFailed(f"no token within {self._first_token_s:g} s") from None
        except httpx.HTTPError as error:
            raise _TryFailed(f"connection trouble ({type(error).__name__})") from error
        return collected.whole()


class _Answer:
    """Puts an answer together from the lines of its event stream."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self.complete = False

    def take(self, line: str) -> bool:
        """Take a line.

        Args:
            line: A line of the stream.

        Returns:
            Whether it brought a token.

        Raises:
            _TryFailed: The line makes no sense, or the answer is too long.
        """
        if not line.startswith("data:"):
            return False
        text = line.removeprefix("data:").strip()
        if text == "[DONE]":
            self.complete = True
            return False
        try:
            choices = json.loads(text)["choices"]
            piece = (choices[0]["delta"].get("content") if choices else None) or ""
            self._length += len(piece)
            self._pieces.append(piece)
        except (ValueError, LookupError, TypeError, AttributeError):
            raise _TryFailed("a part of its answer could not be read") from None
        if self._length > LONGEST_ANSWER:
            raise _TryFailed("its answer is too long")
        return bool(piece)

    def whole(self) -> str:
        """Give the answer.

        Returns:
            Its text.

        Raises:
            _TryFailed: The stream ended early, or held nothing.
        """
        if not self.complete:
            raise _TryFailed("its answer broke off")
        text = "".join(self._pieces).strip()
        if not text:
            raise _TryFailed("its answer is empty")
        return text


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    trouble = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    }
    raise _TryFailed(f"it answered {status}", trouble, _retry_after(response.headers.get("Retry-After")))


def _retry_after(header: str | None) -> float | None:
    """Read ``Retry-After`` (RFC 9110, section 10.2.3): seconds, or a date."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        when: datetime = parsedate_to_datetime(header)
        return max(0.0, (when - utc_now()).total_seconds())
    except (ValueError, TypeError):
        return None


def first_json_object(text: str) -> dict[str, Any] | None:
    """Find the JSON object in an answer, whatever stands around it.

    Args:
        text: An LLM's answer.

    Returns:
        The first object, or ``None``.
    """
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
