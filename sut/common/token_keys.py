"""What tokens are signed with: a secret that all services share (HS256), or the auth service's own key (RS256).

Each kind of key goes with one algorithm. A token's header is never asked which one to use, so a token cannot choose how
it is checked.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

MIN_KEY_BITS = 2048


class VerifyingKeys(Protocol):
    """Keys that tell whether a token is genuine."""

    @property
    def algorithm(self) -> str:
        """The one algorithm they go with."""

    def key_for(self, key_id: str | None) -> Any:
        """Find a key.

        Args:
            key_id: The ``kid`` of a token's header, where it has one.

        Returns:
            The key; ``None`` when there is none of this id.
        """


class SigningKey(VerifyingKeys, Protocol):
    """A key that makes tokens, and tells whether one is genuine."""

    def sign(self, claims: dict[str, Any]) -> str:
        """Make a token.

        Args:
            claims: What it says.

        Returns:
            The token.
        """

    def public_set(self) -> dict[str, Any]:
        """Tell the public part.

        Returns:
            A JSON Web Key Set; empty when nothing of the key is public.
        """


class SharedSecret:
    """One secret, which signs and checks: HS256.

    Args:
        secret: The secret.
    """

    algorithm = "HS256"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, claims: dict[str, Any]) -> str:
        """Make a token.

        Args:
            claims: What it says.

        Returns:
            The token.
        """
        return jwt.encode(claims, self._secret, self.algorithm)

    def key_for(self, key_id: str | None) -> str:
        """Find a key.

        Args:
            key_id: The ``kid`` of a token's header.

        Returns:
            The secret, whatever the token says.
        """
        return self._secret

    def public_set(self) -> dict[str, Any]:
        """Tell the public part.

        Returns:
            A JSON Web Key Set without keys: nothing of a secret is public.
        """
        return {"keys": []}


class PublicKeys:
    """The keys that another service tells in its key set: RS256."""

    algorithm = "RS256"

    def __init__(self) -> None:
        self._keys: dict[str, RSAPublicKey] = {}

    def replace(self, key_set: Mapping[str, Any]) -> None:
        """Take over a key set; keys of another kind are left out.

        Args:
            key_set: A JSON Web Key Set.

        Raises:
            ValueError: It is none.
        """
        try:
            keys = [key for key in jwt.PyJWKSet.from_dict(dict(key_set)).keys if key.key_id]
        except (jwt.PyJWTError, TypeError, AttributeError) as error:
            raise ValueError("no key set") from error
        self._keys = {str(key.key_id): key.key for key in keys if isinstance(key.key, RSAPublicKey)}

    def key_for(self, key_id: str | None) -> RSAPublicKey | None:
        """Find a key.

        Args:
            key_id: The ``kid`` of a token's header.

        Returns:
            The key; ``None`` when there is none of this id.
        """
        return self._keys.get(key_id or "")


class PrivateKey:
    """The auth service's own key: RS256.

    Args:
        pem: The key as text.

    Raises:
        ValueError: It is no RSA key of at least `MIN_KEY_BITS` bits.
    """

    algorithm = "RS256"

    def __init__(self, pem: str) -> None:
        try:
            key = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise ValueError("no key without a pass phrase, as PEM") from error
        if not isinstance(key, RSAPrivateKey) or key.key_size < MIN_KEY_BITS:
            raise ValueError(f"no RSA key of at least {MIN_KEY_BITS} bits")
        self._key = key
        self._public = key.public_key()
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._public, as_dict=True)
        self._told = {name: public[name] for name in ("kty", "n", "e")}
        self._key_id = _thumbprint(self._told)

    def sign(self, claims: dict[str, Any]) -> str:
        """Make a token.

        Args:
            claims: What it says.

        Returns:
            The token.
        """
        return jwt.encode(claims, self._key, self.algorithm, headers={"kid": self._key_id})

    def key_for(self, key_id: str | None) -> RSAPublicKey | None:
        """Find a key.

        Args:
            key_id: The ``kid`` of a token's header.

        Returns:
            The key; ``None`` when there is none of this id.
        """
        return self._public if key_id == self._key_id else None

    def public_set(self) -> dict[str, Any]:
        """Tell the public part.

        Returns:
            A JSON Web Key Set.
        """
        return {"keys": [self._told | {"kid": self._key_id, "use": "sig", "alg": self.algorithm}]}


def key_id_of(token: str) -> str | None:
    """Read which key a token says it was signed with.

    Args:
        token: A token, not checked yet.

    Returns:
        The ``kid`` of its header; ``None`` when it has none, or is no token.
    """
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError:
        return None
    return key_id if isinstance(key_id, str) else None


def _thumbprint(public: Mapping[str, str]) -> str:
    """Name a key by what it is (RFC 7638): the same key has the same name in every process."""
    text = json.dumps({name: public[name] for name in sorted(public)}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
