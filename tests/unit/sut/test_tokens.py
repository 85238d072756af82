from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.tokens import AUDIENCE, CLOCK_LEEWAY_S, ISSUER, TokenIssuer, TokenVerifier

SECRET = "a secret of the unit tests, 32+ bytes"
USER, TENANT, SESSION = new_id(), new_id(), new_id()
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def access_token() -> str:
    return TokenIssuer(SECRET).access(USER, TENANT, SESSION, ["history", "chat"]).text


def forged(header: dict[str, Any] | None = None, *, secret: str = SECRET, drop: str = "", **changes: Any) -> str:
    claims = jwt.decode(access_token(), options={"verify_signature": False}) | changes
    claims.pop(drop, None)
    return jwt.encode(claims, secret, "HS256", headers=header)


def code_of(token: str) -> str:
    with pytest.raises(PlatformError) as refused:
        TokenVerifier(SECRET).verify(token)
    return refused.value.code


def seconds_from_now(seconds: float) -> int:
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())


def test_an_access_token_names_its_owner() -> None:
    issued = TokenIssuer(SECRET, access_ttl_s=60).access(USER, TENANT, SESSION, ["history", "chat"])
    identity = TokenVerifier(SECRET).verify(issued.text)
    assert (identity.user_id, identity.tenant_id, identity.session_id) == (USER, TENANT, SESSION)
    assert identity.permissions == {"chat", "history"}
    assert identity.expires_at == issued.expires_at
    assert 58 < (identity.expires_at - datetime.now(UTC)).total_seconds() <= 60


def test_the_claims_are_those_of_the_contract() -> None:
    claims = jwt.decode(access_token(), options={"verify_signature": False})
    expected = {"sub", "iss", "aud", "iat", "nbf", "exp", "jti", "sid", "tid", "token_type", "permissions"}
    assert claims.keys() == expected
    assert (claims["iss"], claims["aud"], claims["token_type"]) == (ISSUER, AUDIENCE, "access")
    assert claims["exp"] - claims["iat"] == 15 * 60


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        "a.b.c",
        "ünïcode.ünïcode.ünïcode",
        forged(secret="another secret of at least 32 bytes!"),
        forged(iss="somebody"),
        forged(aud="something"),
        forged(token_type="refresh"),
        forged(token_type="service"),
        forged(sub="not an id"),
        forged(sid=17),
        forged(tid=None),
        forged(permissions="chat"),
        forged(permissions=[1]),
        forged(exp="soon"),
        forged(exp=True),
        forged(exp=10**30),
        forged(iat=seconds_from_now(CLOCK_LEEWAY_S + 3600)),
        forged(nbf=seconds_from_now(CLOCK_LEEWAY_S + 3600)),
        *(forged(drop=name) for name in jwt.decode(access_token(), options={"verify_signature": False})),
        jwt.encode(jwt.decode(access_token(), options={"verify_signature": False}), None, "none"),
        TokenIssuer(SECRET).refresh(USER, TENANT, SESSION, ["chat"]).text,
        TokenIssuer(SECRET).service("backend").text,
    ],
)
def test_a_bad_token_is_not_accepted(token: str) -> None:
    assert code_of(token) == "UNAUTHENTICATED"


def test_a_token_with_another_last_character_is_not_accepted() -> None:
    token = access_token()
    others = [token[:-1] + letter for letter in BASE64URL if letter != token[-1]]
    assert {code_of(other) for other in others} == {"UNAUTHENTICATED"}


def test_expiry_gets_no_leeway() -> None:
    assert code_of(forged(exp=seconds_from_now(-1))) == "TOKEN_EXPIRED"


def test_a_clock_that_is_a_little_ahead_is_forgiven() -> None:
    ahead = seconds_from_now(CLOCK_LEEWAY_S - 2)
    assert TokenVerifier(SECRET).verify(forged(iat=ahead, nbf=ahead)).user_id == USER


def test_a_refresh_token_is_read_with_its_id() -> None:
    issued = TokenIssuer(SECRET).refresh(USER, TENANT, SESSION, ["chat"])
    claims = TokenVerifier(SECRET).verify_refresh(issued.text)
    assert (claims.identity.session_id, claims.token_id) == (SESSION, issued.token_id)


def test_an_access_token_is_no_refresh_token() -> None:
    with pytest.raises(PlatformError, match="UNAUTHENTICATED"):
        TokenVerifier(SECRET).verify_refresh(access_token())


def test_only_a_service_token_names_a_service() -> None:
    verifier = TokenVerifier(SECRET)
    assert verifier.verify_service(TokenIssuer(SECRET).service("backend").text) == "backend"
    with pytest.raises(PlatformError, match="UNAUTHENTICATED"):
        verifier.verify_service(access_token())


def test_a_token_does_not_show_in_a_text_about_it() -> None:
    issued = TokenIssuer(SECRET).access(USER, TENANT, SESSION, [])
    assert issued.text not in repr(issued)
