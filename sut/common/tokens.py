"""Tokens: JWT, made by the auth service, read by every service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.ids import new_id
from sut.common.timing import utc_now
from sut.common.token_keys import SharedSecret, SigningKey, VerifyingKeys, key_id_of

ISSUER = "golden-path-auth"
AUDIENCE = "golden-path"
ACCESS_TTL_S = 15 * 60
REFRESH_TTL_S = 14 * 24 * 3600
SERVICE_TTL_S = 3600
# clocks of two machines may differ; an expiry is never stretched
CLOCK_LEEWAY_S = 5

TokenType = Literal["access", "refresh", "service"]
_COMMON_CLAIMS = ["sub", "iss", "aud", "iat", "nbf", "exp", "jti", "token_type"]
_USER_CLAIMS = ["sid", "tid", "permissions"]


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token.

    Args:
        text: What the client gets.
        token_id: Its ``jti``.
        expires_at: Its ``exp`` (UTC, whole seconds).
        life_s: From now to then, in seconds.
    """

    text: str = field(repr=False)
    token_id: UUID
    expires_at: datetime
    life_s: int


class TokenIssuer:
    """Makes tokens.

    Args:
        key: The signing key; text is a secret for HS256.
        access_ttl_s: Life of an access token, in seconds.
        refresh_ttl_s: Life of a refresh token, in seconds.
    """

    def __init__(
        self, key: str | SigningKey, *, access_ttl_s: int = ACCESS_TTL_S, refresh_ttl_s: int = REFRESH_TTL_S
    ) -> None:
        self._key: SigningKey = SharedSecret(key) if isinstance(key, str) else key
        self.access_ttl_s = access_ttl_s
        self.refresh_ttl_s = refresh_ttl_s

    def access(self, user_id: UUID, tenant_id: UUID, session_id: UUID, permissions: Iterable[str]) -> IssuedToken:
        """Make an access token.

        Args:
            user_id: Whose it is.
            tenant_id: Their tenant.
            session_id: The session it belongs to.
            permissions: What it allows.

        Returns:
            The token.
        """
        return self._sign("access", self.access_ttl_s, _user_claims(user_id, tenant_id, session_id, permissions))

    def refresh(self, user_id: UUID, tenant_id: UUID, session_id: UUID, permissions: Iterable[str]) -> IssuedToken:
        """Make a refresh token.

        Args:
            user_id: Whose it is.
            tenant_id: Their tenant.
            session_id: The session it belongs to.
            permissions: What the session allows now; read anew at each refresh.

        Returns:
            The token.
        """
        return self._sign("refresh", self.refresh_ttl_s, _user_claims(user_id, tenant_id, session_id, permissions))

    def service(self, service_id: str) -> IssuedToken:
        """Make a token by which a service proves itself to the auth service.

        Args:
            service_id: The service, for example ``backend``.

        Returns:
            The token, good for `SERVICE_TTL_S` seconds.
        """
        return self._sign("service", SERVICE_TTL_S, {"sub": service_id})

    def _sign(self, token_type: TokenType, ttl_s: int, claims: dict[str, Any]) -> IssuedToken:
        now = utc_now().replace(microsecond=0)
        expires_at = now + timedelta(seconds=ttl_s)
        token_id = new_id()
        claims = claims | {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(token_id),
            "token_type": token_type,
        }
        return IssuedToken(self._key.sign(claims), token_id, expires_at, ttl_s)


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a good refresh token says: whose it is, and its own id, which is used once."""

    identity: Identity
    token_id: UUID


class TokenVerifier:
    """Checks what a token says by itself: signature, issuer, audience, times, type.

    Whether its session still stands is asked by `sut.common.token_check.TokenCheck`.

    Args:
        keys: The keys of who signs; text is a secret for HS256.
    """

    def __init__(self, keys: str | VerifyingKeys) -> None:
        self._keys: VerifyingKeys = SharedSecret(keys) if isinstance(keys, str) else keys

    def verify(self, token: str) -> Identity:
        """Read an access token.

        Args:
            token: What the client showed.

        Returns:
            Who it names.

        Raises:
            PlatformError: ``UNAUTHENTICATED`` or ``TOKEN_EXPIRED``.
        """
        return self._identity(self._claims(token, "access", _USER_CLAIMS))

    def verify_refresh(self, token: str) -> RefreshClaims:
        """Read a refresh token.

        Args:
            token: What the client showed.

        Returns:
            Who it names, and its id.

        Raises:
            PlatformError: ``UNAUTHENTICATED`` or ``TOKEN_EXPIRED``.
        """
        claims = self._claims(token, "refresh", _USER_CLAIMS)
        try:
            return RefreshClaims(self._identity(claims), UUID(claims["jti"]))
        except ValueError as error:
            raise _not_accepted() from error

    def verify_service(self, token: str) -> str:
        """Read a service's token.

        Args:
            token: What the service showed.

        Returns:
            The service's id.

        Raises:
            PlatformError: ``UNAUTHENTICATED`` or ``TOKEN_EXPIRED``.
        """
        return str(self._claims(token, "service", [])["sub"])

    def _claims(self, token: str, token_type: TokenType, further: list[str]) -> dict[str, Any]:
        key = self._keys.key_for(key_id_of(token))
        if key is None:
            raise _not_accepted()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[self._keys.algorithm],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=CLOCK_LEEWAY_S,
                # the library would give the leeway to exp as well
                options={"require": _COMMON_CLAIMS + further, "verify_exp": False},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise _not_accepted() from error
        if claims["token_type"] != token_type or not _is_number(claims["exp"]):
            raise _not_accepted()
        if claims["exp"] <= datetime.now(UTC).timestamp():
            raise PlatformError("TOKEN_EXPIRED", "The token has expired; refresh it or log in again.")
        return claims

    @staticmethod
    def _identity(claims: dict[str, Any]) -> Identity:
        permissions = claims["permissions"]
        if not isinstance(permissions, list) or not all(isinstance(name, str) for name in permissions):
            raise _not_accepted()
        try:
            return Identity(
                user_id=UUID(claims["sub"]),
                tenant_id=UUID(claims["tid"]),
                session_id=UUID(claims["sid"]),
                permissions=frozenset(permissions),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise _not_accepted() from error


def _user_claims(user_id: UUID, tenant_id: UUID, session_id: UUID, permissions: Iterable[str]) -> dict[str, Any]:
    return {
        "sub": str(user_id),
        "tid": str(tenant_id),
        "sid": str(session_id),
        "permissions": sorted(permissions),
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_accepted() -> PlatformError:
    # one answer for every kind of bad token: which check failed helps only who forges one
    return PlatformError("UNAUTHENTICATED", "The token is not accepted; log in.")
