"""Keys and key sets: each goes with one algorithm, and nobody chooses another one."""

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.token_keys import PrivateKey, PublicKeys, SharedSecret, key_id_of
from sut.common.tokens import AUDIENCE, ISSUER, TokenIssuer, TokenVerifier

SECRET = "the unit tests' token secret, long enough for every hash that there is"


def pem_of(key: PrivateKeyTypes, protection: serialization.KeySerializationEncryption | None = None) -> str:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(*form, protection or serialization.NoEncryption()).decode()


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


KEY = PrivateKey(pem_of(rsa_key()))
OTHER = PrivateKey(pem_of(rsa_key()))


def told(*keys: PrivateKey) -> PublicKeys:
    public = PublicKeys()
    public.replace({"keys": [one for key in keys for one in key.public_set()["keys"]]})
    return public


def access_token(key: Any) -> str:
    return TokenIssuer(key).access(new_id(), new_id(), new_id(), ["chat"]).text


def refused(keys: Any, token: str) -> str:
    with pytest.raises(PlatformError) as refusal:
        TokenVerifier(keys).verify(token)
    return refusal.value.code


def test_who_signs_and_who_knows_the_key_set_accept_the_token() -> None:
    token = access_token(KEY)
    assert jwt.get_unverified_header(token)["alg"] == "RS256"
    for keys in (KEY, told(KEY), told(OTHER, KEY)):
        assert TokenVerifier(keys).verify(token).permissions == {"chat"}


def test_a_key_has_the_same_name_everywhere_and_its_private_part_is_not_told() -> None:
    key = rsa_key()
    one, two = PrivateKey(pem_of(key)), PrivateKey(pem_of(key))
    assert one.public_set() == two.public_set()
    (public,) = one.public_set()["keys"]
    assert set(public) == {"kty", "n", "e", "kid", "use", "alg"}
    assert key_id_of(access_token(one)) == public["kid"]
    assert SharedSecret(SECRET).public_set() == {"keys": []}


def test_a_token_of_another_key_is_refused() -> None:
    for keys in (KEY, told(KEY), PublicKeys()):
        assert refused(keys, access_token(OTHER)) == "UNAUTHENTICATED"
    same_name = jwt.encode(claims(), rsa_key(), "RS256", headers={"kid": KEY.public_set()["keys"][0]["kid"]})
    assert refused(told(KEY), same_name) == "UNAUTHENTICATED"


def test_no_token_chooses_its_algorithm() -> None:
    key_id = KEY.public_set()["keys"][0]["kid"]
    with_secret = jwt.encode(claims(), SECRET, "HS256", headers={"kid": key_id})
    unsigned = jwt.encode(claims(), None, "none", headers={"kid": key_id})
    other_hash = jwt.encode(claims(), rsa_key(), "RS512", headers={"kid": key_id})
    for token in (with_secret, unsigned, other_hash):
        assert refused(told(KEY), token) == "UNAUTHENTICATED"
        assert refused(KEY, token) == "UNAUTHENTICATED"
    for token in (access_token(KEY), unsigned, jwt.encode(claims(), SECRET, "HS512")):
        assert refused(SECRET, token) == "UNAUTHENTICATED"


def test_a_token_must_name_its_key() -> None:
    key = rsa_key()
    keys = told(PrivateKey(pem_of(key)))
    for header in ({}, {"kid": ""}, {"kid": "unknown"}):
        assert refused(keys, jwt.encode(claims(), key, "RS256", headers=header)) == "UNAUTHENTICATED"
    assert key_id_of("nonsense") is None


def test_other_keys_in_a_key_set_are_left_out() -> None:
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"}
    nameless = {name: value for name, value in OTHER.public_set()["keys"][0].items() if name != "kid"}
    keys = PublicKeys()
    keys.replace({"keys": [secret, nameless, *KEY.public_set()["keys"]]})
    assert keys.key_for("secret") is None
    assert keys.key_for(None) is None
    assert TokenVerifier(keys).verify(access_token(KEY))


@pytest.mark.parametrize("nonsense", [{}, {"keys": []}, {"keys": 7}, {"error": {"code": "NOT_READY"}}])
def test_what_is_no_key_set_replaces_nothing(nonsense: dict[str, Any]) -> None:
    keys = told(KEY)
    with pytest.raises(ValueError, match="no key set"):
        keys.replace(nonsense)
    assert TokenVerifier(keys).verify(access_token(KEY))


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "nonsense",
        pem_of(rsa_key(1024)),
        pem_of(ec.generate_private_key(ec.SECP256R1())),
        pem_of(rsa_key(), serialization.BestAvailableEncryption(b"pass phrase")),
    ],
)
def test_an_unusable_key_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="no "):
        PrivateKey(pem)


def claims() -> dict[str, Any]:
    now = int(time.time())
    ids = {name: str(new_id()) for name in ("sub", "sid", "tid", "jti")}
    times = {"iat": now, "nbf": now, "exp": now + 60}
    return ids | times | {"iss": ISSUER, "aud": AUDIENCE, "token_type": "access", "permissions": ["chat"]}
