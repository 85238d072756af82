"""Tokens that are nearly good: a good one's claims, changed, and signed anew, or signed badly."""

import base64
import hashlib
import hmac
import json
from typing import Any

_PARTS = 3


def claims_of(token: str) -> dict[str, Any]:
    """Read what a token says, without checking it.

    Args:
        token: A JSON Web Token.

    Returns:
        Its claims; none where it is no such token.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return {}
    try:
        read = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def signed(claims: dict[str, Any], secret: str) -> str:
    """Make a token (HS256).

    Args:
        claims: What it says.
        secret: What it is signed with.

    Returns:
        The token.
    """
    head = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    return f"{head}.{_text(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def unsigned(claims: dict[str, Any]) -> str:
    """Make a token that says of itself that it needs no signature.

    Args:
        claims: What it says.

    Returns:
        The token.
    """
    return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."


def with_another_signature(token: str) -> str:
    """Change the signature of a token.

    Args:
        token: A good token.

    Returns:
        The same with a signature of the same length that does not fit.
    """
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def with_other_claims(token: str, **changed: Any) -> str:
    """Change what a token says and leave its signature as it was.

    Args:
        token: A good token.
        **changed: The claims that are to be different.

    Returns:
        The changed token.
    """
    head, _, rest = token.partition(".")
    return f"{head}.{_encoded(claims_of(token) | changed)}.{rest.partition('.')[2]}"


def _encoded(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
