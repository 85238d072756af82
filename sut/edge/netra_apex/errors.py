"""Errors: two forms over HTTP, one for each service, and one on the socket."""

import time
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from sut.common.errors import PlatformError
from sut.common.timing import rfc3339, utc_now
from sut.common.trace import current_trace_id
from sut.common.web import error_headers

# codes of the reference that the dialect calls otherwise on the socket
SOCKET_CODES = {"INVALID_JSON": "JSON_PARSE_ERROR"}


def auth_error(error: PlatformError, headers: Mapping[str, str] | None = None) -> Response:
    """Write an error as the auth service does.

    Args:
        error: What happened.
        headers: Further headers.

    Returns:
        ``{"detail": text}``.
    """
    return JSONResponse(
        {"detail": error.message}, status_code=error.status, headers={**(headers or {}), **error_headers(error)}
    )


def backend_error(error: PlatformError, headers: Mapping[str, str] | None = None) -> Response:
    """Write an error as the backend does.

    Args:
        error: What happened.
        headers: Further headers.

    Returns:
        ``{error: true, error_code, message, user_message, details{status_code}, trace_id, timestamp}``.
    """
    body = {
        "error": True,
        "error_code": error.code,
        "message": error.message,
        "user_message": error.message,
        "details": {**error.details, "status_code": error.status},
        "trace_id": current_trace_id(),
        "timestamp": rfc3339(utc_now()),
    }
    return JSONResponse(body, status_code=error.status, headers={**(headers or {}), **error_headers(error)})


def error_frame(code: str, message: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Make the frame that tells an error on the socket.

    Args:
        code: The dialect's code.
        message: Plain words.
        details: More about it.

    Returns:
        The frame.
    """
    return {
        "type": "error_message",
        "error_code": code,
        "error_message": message,
        "details": dict(details or {}),
        "timestamp": time.time(),
    }


def socket_code(inner: str) -> str:
    """Give the dialect's code of an error of the reference.

    Args:
        inner: The reference's code.

    Returns:
        The code on the socket.
    """
    return SOCKET_CODES.get(inner, inner)
