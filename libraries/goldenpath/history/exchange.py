"""One request over HTTP and its answer, or the lack of one, as a user's client saw it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["ok", "failed", "indeterminate"]

# Who asked when nothing in the request says it: a page that is open to strangers, a health probe.
NOBODY = "nobody"

# A refused upgrade to a WebSocket is an exchange too: it ends as plain HTTP.
UPGRADE = "UPGRADE"

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_KEPT = frozenset({"authorization", "proxy-authorization", "sec-websocket-protocol"})


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Give the headers that a history may hold: all but those that carry a token.

    Args:
        headers: Of a request or of an answer; names in any case.

    Returns:
        A new mapping, names in lower case.
    """
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _NOT_KEPT}


def outcome_of(method: str, status: int) -> Outcome:
    """Tell what an answer says about the operation that was asked for.

    Args:
        method: The HTTP method.
        status: The HTTP status of the answer.

    Returns:
        ``indeterminate`` for an error of the server on a request that changes something: it may have worked.
    """
    if status < 400:
        return "ok"
    return "indeterminate" if status >= 500 and method not in _SAFE_METHODS and method != UPGRADE else "failed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came of it. Bodies and headers may hold tokens, so they are no part of its text.

    Args:
        owner: Who asked; `NOBODY` when nothing in the request says it.
        method: The HTTP method; `UPGRADE` for a handshake that did not become a WebSocket.
        path: The path, without the query.
        status: The HTTP status; ``None`` when there was no answer.
        sent_ns: `time.monotonic_ns` before the request.
        ended_ns: `time.monotonic_ns` when the answer was complete, or when it was given up.
        outcome: Whether it worked; ``indeterminate`` when nobody can tell.
        request: The request's body as text, empty without one.
        answer: The answer's body as text, empty without one.
        query: The parameters of the request.
        sent_headers: Of the request, names in lower case, without those that carry a token.
        headers: Of the answer, names in lower case, without those that carry a token.
        trouble: Why there was no answer.
    """

    owner: str
    method: str
    path: str
    status: int | None
    sent_ns: int
    ended_ns: int
    outcome: Outcome
    request: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    sent_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    trouble: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def size(self) -> int:
        """Give how much the exchange weighs in a history.

        Returns:
            Characters of both bodies.
        """
        return len(self.request) + len(self.answer)
