"""Which web pages may use the platform: the ``Origin`` of a request, and the CORS headers of its answer."""

import argparse
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from sut.common.errors import PlatformError

METHODS = ("GET", "POST", "PATCH", "DELETE")
ASKED_HEADERS = ("Authorization", "Content-Type", "traceparent")
TOLD_HEADERS = ("X-Request-Id", "X-Trace-Id", "Retry-After")
ANSWER_HOLDS_S = 600


def origin_list(text: str) -> tuple[str, ...]:
    """Read the allowed origins from the command line.

    Args:
        text: Origins such as ``https://chat.example.com``, with commas between them; none at all is allowed.

    Returns:
        The origins.
    """
    origins = tuple(part for part in (part.strip() for part in text.split(",")) if part)
    for origin in origins:
        if not _is_origin(origin):
            raise argparse.ArgumentTypeError(f"{origin!r} is not an origin like https://host:port, in lower case")
    return origins


def check_origin(headers: Headers, allowed: Sequence[str]) -> None:
    """Refuse a page of somebody else; a client that is no web page sends no ``Origin``.

    Args:
        headers: The request's headers.
        allowed: The origins that are allowed.

    Raises:
        PlatformError: ``ORIGIN_REFUSED``.
    """
    sent = headers.getlist("origin")
    if sent and (len(sent) > 1 or sent[0] not in allowed):
        raise _origin_refused()


def cors(allowed: Sequence[str]) -> Middleware:
    """Make the middleware that answers preflights and marks the answers to allowed origins, errors too.

    Args:
        allowed: The origins that are allowed.

    Returns:
        The middleware; it stands outside whatever makes answers.
    """
    return Middleware(
        _Cors,
        allow_origins=tuple(allowed),
        allow_methods=METHODS,
        allow_headers=ASKED_HEADERS,
        expose_headers=TOLD_HEADERS,
        max_age=ANSWER_HOLDS_S,
    )


class _Cors(CORSMiddleware):
    """CORS whose refusal of a preflight looks like every other error."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight.

        Args:
            request_headers: What the browser asks for.

        Returns:
            200 with what is allowed; 403 ``ORIGIN_REFUSED`` when the origin, the method or a header is not.
        """
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        from sut.common.web import error_response  # noqa: PLC0415 - web.py uses this module

        marks = {name: value for name, value in answer.headers.items() if name.startswith(("access-control-", "vary"))}
        return error_response(_origin_refused(), marks)


def _origin_refused() -> PlatformError:
    return PlatformError("ORIGIN_REFUSED", "Pages of this origin may not do this here.")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and text == f"{parts.scheme}://{parts.hostname}{port}"
    )
