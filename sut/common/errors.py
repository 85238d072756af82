"""The one table of error codes, and the one form in which an error leaves the platform."""

from dataclasses import dataclass, field
from typing import Any

# code -> HTTP status. On the socket the same object travels as ``data.error``.
ERROR_CODES: dict[str, int] = {
    "BAD_HANDSHAKE": 400,
    "INVALID_JSON": 400,
    "INVALID_REQUEST": 400,
    "INVALID_STATE": 400,
    "OAUTH_REFUSED": 400,
    "UNKNOWN_PROVIDER": 400,
    "UNAUTHENTICATED": 401,
    "INVALID_CREDENTIALS": 401,
    "TOKEN_EXPIRED": 401,
    "SESSION_REVOKED": 401,
    "FORBIDDEN": 403,
    "ORIGIN_REFUSED": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "REQUEST_TIMEOUT": 408,
    "ALREADY_EXISTS": 409,
    "EMAIL_NOT_VERIFIED": 409,
    "ID_CONFLICT": 409,
    "RUN_ENDED": 409,
    "TOO_BIG": 413,
    "INVALID_INPUT": 422,
    "UNKNOWN_TYPE": 422,
    "INVALID_SEQ": 422,
    "UPGRADE_REQUIRED": 426,
    "RATE_LIMITED": 429,
    "TOO_MANY_RUNS": 429,
    "TOO_MANY_SOCKETS": 429,
    "INTERNAL": 500,
    "AGENT_UNAVAILABLE": 503,
    "AUTH_UNAVAILABLE": 503,
    "SERVICE_UNAVAILABLE": 503,
    "NOT_READY": 503,
    # ends of a run
    "DATA_UNAVAILABLE": 502,
    "LLM_UNAVAILABLE": 502,
    "HANDOFF_LIMIT": 502,
    "RUN_TIMEOUT": 504,
    "RUN_LOST": 500,
}


@dataclass(eq=False)
class PlatformError(Exception):
    """An error that its receiver may read: a code, plain words, and no inside knowledge.

    Args:
        code: A key of `ERROR_CODES`.
        message: What happened and what to do, in plain words.
        retry_after_s: Seconds after which the same request may work.
        details: Further fields, for example the names of refused fields.
    """

    code: str
    message: str
    retry_after_s: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(f"{self.code}: {self.message}")

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return ERROR_CODES[self.code]

    def as_dict(self, trace_id: str) -> dict[str, Any]:
        """Give the error as it stands in a body (under ``error``) or in a frame (under ``data.error``).

        Args:
            trace_id: The trace in which it happened.

        Returns:
            ``{code, message, trace_id, retry_after_s?, details?}``.
        """
        body: dict[str, Any] = {"code": self.code, "message": self.message, "trace_id": trace_id}
        if self.retry_after_s is not None:
            body["retry_after_s"] = self.retry_after_s
        if self.details:
            body["details"] = self.details
        return body
