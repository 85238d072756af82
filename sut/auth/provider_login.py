"""Login through an OpenID Connect provider: a user leaves for the provider, comes back, and has a session."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sut.auth.service import AuthService
from sut.auth.signing_in import SignedIn, answer_with_tokens, normal_email, open_session
from sut.common.errors import PlatformError
from sut.store import accounts, audit, oauth
from sut.store.oauth import PendingLogin
from sut.store.postgres import Connection

CALLBACK_PATH = "/auth/oauth/callback"
LOGIN_LIFE = timedelta(minutes=10)
# 43 characters of base64url
_RANDOM_BYTES = 32
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class _Person:
    """Who came back, in the words of the provider."""

    provider: str
    issuer: str
    subject: str
    email: str
    name: str


async def send_away(service: AuthService, provider_name: str) -> str:
    """Begin a login.

    Args:
        service: The service's parts.
        provider_name: Which provider.

    Returns:
        Where to send the user.

    Raises:
        PlatformError: ``UNKNOWN_PROVIDER``, ``SERVICE_UNAVAILABLE``.
    """
    provider = service.providers.find(provider_name)
    state, code_verifier, nonce = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
    login = PendingLogin(provider_name, code_verifier, nonce)
    url = await provider.login_url(login, state, service.public_url + CALLBACK_PATH)
    await service.db.run(None, lambda conn: oauth.begin(conn, state, login, LOGIN_LIFE))
    return url


async def welcome_back(service: AuthService, brought: Mapping[str, str], device: str) -> dict[str, Any]:
    """End a login: take what the user brought back from the provider, once, and begin a session.

    Args:
        service: The service's parts.
        brought: The query of the callback: ``state`` and ``code``, or ``error``.
        device: What the client calls itself.

    Returns:
        The token pair with ``user``.

    Raises:
        PlatformError: ``INVALID_STATE`` for a login that was not begun here, is over, or took too long;
            ``OAUTH_REFUSED``; ``EMAIL_NOT_VERIFIED``; ``INVALID_CREDENTIALS`` for a closed account;
            ``SERVICE_UNAVAILABLE``.
    """
    login = await service.db.run(None, lambda conn: oauth.take(conn, brought.get("state", "")))
    if login is None:
        raise PlatformError("INVALID_STATE", "This login is not under way (any more); begin it again.")
    try:
        person = await _identify(service, login, brought)
        signed_in = await _sign_in(service, person, device)
    except PlatformError as error:
        if error.status < 500:
            told = {"provider": login.provider, "reason": error.code.lower()}
            await service.db.run(None, lambda conn: audit.write(conn, "login", "failed", details=told))
        raise
    return await answer_with_tokens(service, signed_in)


async def _identify(service: AuthService, login: PendingLogin, brought: Mapping[str, str]) -> _Person:
    provider = service.providers.find(login.provider)
    code = brought.get("code", "")
    # who answers says its name, where the provider does so: another one's code is not carried to this one
    if "error" in brought or not code or brought.get("iss", provider.issuer) != provider.issuer:
        raise PlatformError("OAUTH_REFUSED", "The provider did not sign you in. Begin the login again.")
    claims = await provider.who_came_back(login, code, service.public_url + CALLBACK_PATH)
    if claims.get("email_verified") is not True:
        raise _not_verified()
    try:
        email = normal_email(str(claims.get("email")))
    except PlatformError:
        raise _not_verified() from None
    name = claims.get("name")
    told_name = name.replace("\0", "")[:_LONGEST_NAME] if isinstance(name, str) else ""
    return _Person(login.provider, provider.issuer, str(claims["sub"]), email, told_name)


async def _sign_in(service: AuthService, person: _Person, device: str, *, again: bool = True) -> SignedIn:
    async def sign_in(conn: Connection) -> SignedIn:
        user = await _account_of(conn, person)
        if not user["active"]:
            raise PlatformError("INVALID_CREDENTIALS", "This account is closed.")
        await oauth.link(conn, person.issuer, person.subject, user)
        details = {"provider": person.provider}
        return SignedIn(user, await open_session(service, conn, user, device, action="login", details=details))

    try:
        return await service.db.run(None, sign_in)
    except PlatformError as error:
        if error.code != "ALREADY_EXISTS" or not again:
            raise
        # somebody registered the address in this very moment: now there is an account to link
        return await _sign_in(service, person, device, again=False)


async def _account_of(conn: Connection, person: _Person) -> dict[str, Any]:
    """Find the account by what the provider calls the user, else by the verified address; else make one."""
    user_id = await oauth.user_known_as(conn, person.issuer, person.subject)
    if user_id is not None:
        known = await accounts.by_id(conn, user_id)
        if known is not None:
            return known
    user = await accounts.by_email(conn, person.email)
    if user is None:
        user = await accounts.add_user(conn, email=person.email, name=person.name, password_hash=None)
    if user is None:
        raise PlatformError("ALREADY_EXISTS", "There is an account with this e-mail address by now; log in again.")
    return user


def _not_verified() -> PlatformError:
    return PlatformError(
        "EMAIL_NOT_VERIFIED", "The provider has not verified your e-mail address; verify it there, and log in again."
    )
