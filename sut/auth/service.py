"""What the auth service works with."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sut.auth.lockout import Lockout
from sut.auth.passwords import PasswordHashes
from sut.auth.providers import Providers
from sut.auth.validation import SessionAuthority
from sut.common.token_check import TokenCheck
from sut.common.tokens import TokenIssuer, TokenVerifier
from sut.store.postgres import Database
from sut.store.redis import Cache


@dataclass(frozen=True, slots=True)
class AuthService:
    """The parts that the routes share.

    Args:
        db: PostgreSQL.
        cache: Redis.
        issuer: Makes tokens.
        verifier: Reads tokens.
        passwords: Makes and checks password hashes.
        authority: Tells whether a session stands.
        token_check: Tells who is asking.
        lockout: Makes whoever guesses passwords wait.
        providers: Who else vouches for users.
        public_url: Under which address users find this service.
        public_keys: The key set by which everybody can check tokens; empty when they are signed with a secret.
        service_secret: What services show to get a service token.
    """

    db: Database
    cache: Cache
    issuer: TokenIssuer
    verifier: TokenVerifier
    passwords: PasswordHashes
    authority: SessionAuthority
    token_check: TokenCheck
    lockout: Lockout
    providers: Providers
    public_url: str
    public_keys: dict[str, Any]
    service_secret: str


def service_of(request: Request) -> AuthService:
    """Find the parts from within a route.

    Args:
        request: The request.

    Returns:
        The service's parts.
    """
    service: AuthService = request.app.state.service
    return service
