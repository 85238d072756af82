"""One OpenID Connect provider, as its client sees it: where to send a user, and who came back."""

import base64
import hashlib
import hmac
import logging
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import jwt

from sut.auth.provider_settings import ProviderSettings
from sut.common.errors import PlatformError
from sut.common.tokens import CLOCK_LEEWAY_S
from sut.store.oauth import PendingLogin

_log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 5.0
METADATA_GOOD_FOR_S = 3600.0
SCOPE = "openid email profile"
# a provider signs with its private key; with a shared secret, everybody who has the public key could sign
_ALGORITHMS = ["RS256", "PS256", "ES256"]
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What a provider tells about itself."""

    document: dict[str, Any]
    keys: dict[str | None, jwt.PyJWK] = field(repr=False)
    good_until: float


class OpenIdProvider:
    """Speaks with one provider.

    Args:
        settings: Its address, and this platform's credentials there.
    """

    def __init__(self, settings: ProviderSettings) -> None:
        self.issuer = settings.issuer
        self._settings = settings
        self._http = httpx.AsyncClient(timeout=ANSWER_WITHIN_S)
        self._metadata: _Metadata | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def login_url(self, login: PendingLogin, state: str, redirect_uri: str) -> str:
        """Tell where to send a user who wants to sign in.

        Args:
            login: What the provider's answer will be held against.
            state: Names the login.
            redirect_uri: Where the user comes back.

        Returns:
            The provider's page, with everything that it needs to know.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``: the provider does not answer.
        """
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": login.nonce,
            "code_challenge": code_challenge(login.code_verifier),
            "code_challenge_method": "S256",
        }
        endpoint = str((await self._known()).document["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def who_came_back(self, login: PendingLogin, code: str, redirect_uri: str) -> dict[str, Any]:
        """Exchange a code for the provider's word on who the user is, and check that word.

        Args:
            login: What was sent along when the user left.
            code: What the user brought back.
            redirect_uri: Where the user came back.

        Returns:
            The claims of the ID token.

        Raises:
            PlatformError: ``OAUTH_REFUSED``: the provider does not take the code, or its word does not hold;
                ``SERVICE_UNAVAILABLE``: it does not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": login.code_verifier,
        }
        endpoint = str((await self._known()).document["token_endpoint"])
        credentials = httpx.BasicAuth(quote(self._settings.client_id, ""), quote(self._settings.client_secret, ""))
        answer = await self._send("POST", endpoint, data=form, auth=credentials)
        id_token = _object(answer).get("id_token") if answer.is_success else None
        if not isinstance(id_token, str):
            raise refused("The provider does not take the code.")
        return await self._checked(id_token, login.nonce)

    async def _checked(self, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            key = await self._key(jwt.get_unverified_header(id_token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=_ALGORITHMS,
                issuer=self.issuer,
                audience=self._settings.client_id,
                leeway=CLOCK_LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            _log.warning("An ID token of %s is not accepted: %s", self._settings.name, type(error).__name__)
            raise refused("The provider's word is not accepted.") from error
        party = claims.get("azp", self._settings.client_id)
        if party != self._settings.client_id or not _same(claims["nonce"], nonce):
            _log.warning("An ID token of %s was made for another login or client.", self._settings.name)
            raise refused("The provider's word is not accepted.")
        return claims

    async def _key(self, key_id: str | None) -> jwt.PyJWK:
        keys = (await self._known()).keys
        if key_id not in keys:
            # the provider may have a new key since
            keys = (await self._ask()).keys
        if key_id is None and len(keys) == 1:
            return next(iter(keys.values()))
        if key_id not in keys:
            raise ValueError("signed with an unknown key")
        return keys[key_id]

    async def _known(self) -> _Metadata:
        known = self._metadata
        return known if known is not None and time.monotonic() < known.good_until else await self._ask()

    async def _ask(self) -> _Metadata:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        document = _object(await self._send("GET", address))
        if document.get("issuer") != self.issuer or not all(isinstance(document.get(name), str) for name in _ENDPOINTS):
            raise _unavailable("The provider's description of itself is not usable.")
        try:
            key_set = jwt.PyJWKSet.from_dict(_object(await self._send("GET", document["jwks_uri"])))
        except jwt.PyJWTError as error:
            raise _unavailable("The provider's keys are not usable.") from error
        keys = {key.key_id: key for key in key_set.keys}
        self._metadata = _Metadata(document, keys, time.monotonic() + METADATA_GOOD_FOR_S)
        return self._metadata

    async def _send(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, url, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unavailable(f"The provider does not answer ({type(error).__name__}).") from error
        if answer.is_server_error:
            raise _unavailable(f"The provider cannot answer ({answer.status_code}).")
        return answer


def code_challenge(code_verifier: str) -> str:
    """Make what the provider keeps until the code is exchanged (PKCE, S256).

    Args:
        code_verifier: What will be shown then.

    Returns:
        Its digest, in base64url without padding.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()


def refused(message: str) -> PlatformError:
    """Make the refusal of a login that a provider did not vouch for.

    Args:
        message: Why.

    Returns:
        ``OAUTH_REFUSED``.
    """
    return PlatformError("OAUTH_REFUSED", f"{message} Begin the login again.")


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _same(told: object, expected: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode(), expected.encode())


def _unavailable(message: str) -> PlatformError:
    return PlatformError("SERVICE_UNAVAILABLE", message, retry_after_s=1)
