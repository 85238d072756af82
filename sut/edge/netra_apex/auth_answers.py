"""The auth service's answers, in the dialect's words."""

from typing import Any

from sut.common.errors import PlatformError
from sut.edge.netra_apex.times import moment


def token_pair(inner: dict[str, Any]) -> dict[str, Any]:
    """Write a pair of tokens.

    Args:
        inner: The reference's answer.

    Returns:
        ``{access_token, refresh_token, token_type, expires_in}``.
    """
    return {name: inner[name] for name in ("access_token", "refresh_token", "token_type", "expires_in")}


def signed_in(inner: dict[str, Any], *user_fields: str) -> dict[str, Any]:
    """Write what a user gets who has signed in.

    Args:
        inner: The reference's answer.
        *user_fields: What is told of the user.

    Returns:
        The pair with ``user``.
    """
    return {**token_pair(inner), "user": {name: inner["user"][name] for name in user_fields}}


def valid(user: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """Write the verdict on a good token.

    Args:
        user: The user's own record, which the token has opened.
        claims: The token's claims.

    Returns:
        ``{valid: true, user_id, email, permissions, expires_at}``.
    """
    return {
        "valid": True,
        "user_id": user["id"],
        "email": user["email"],
        "permissions": user["permissions"],
        "expires_at": moment(claims["exp"]),
    }


def not_valid(error: PlatformError) -> dict[str, Any]:
    """Write the verdict on a token that is refused.

    Args:
        error: Why.

    Returns:
        ``{valid: false, error, message}``.
    """
    return {"valid": False, "error": error.code.lower(), "message": error.message}


def own_record(user: dict[str, Any], sessions: list[dict[str, Any]], claims: dict[str, Any]) -> dict[str, Any]:
    """Write a user as they see themselves.

    Args:
        user: The reference's record.
        sessions: Their sessions, newest first.
        claims: The claims of the token that asked.

    Returns:
        The record; ``is_verified`` and ``auth_provider`` are null, for the reference does not tell them.
    """
    return {
        "user_id": user["id"],
        "email": user["email"],
        "permissions": user["permissions"],
        "name": user["name"],
        "created_at": user["created_at"],
        "last_login_at": sessions[0]["created_at"] if sessions else None,
        "is_verified": None,
        "auth_provider": None,
        "token_expires_at": moment(claims["exp"]),
    }
