"""Tokens that are nearly good."""

import jwt
import pytest

from goldenpath.tokens.forging import claims_of, signed, unsigned, with_another_signature, with_other_claims

SECRET = "a secret of more than thirty-two bytes, for tests"
CLAIMS = {"sub": "ada", "permissions": ["chat"]}


def decoded(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, SECRET, algorithms=["HS256"]))


def test_a_signed_token_is_good_for_a_library_that_reads_tokens() -> None:
    assert decoded(signed(CLAIMS, SECRET)) == CLAIMS


def test_claims_are_read_without_the_secret() -> None:
    assert claims_of(signed(CLAIMS, SECRET)) == CLAIMS


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.!!.c"])
def test_what_is_no_token_has_no_claims(text: str) -> None:
    assert claims_of(text) == {}


def test_every_bad_one_is_refused_by_a_library_that_reads_tokens() -> None:
    good = signed(CLAIMS, SECRET)
    bad = [
        unsigned(CLAIMS),
        with_another_signature(good),
        with_other_claims(good, permissions=["admin"]),
        signed(CLAIMS, SECRET.upper()),
    ]
    for token in bad:
        with pytest.raises(jwt.InvalidTokenError):
            decoded(token)


def test_a_changed_token_says_what_it_was_changed_to() -> None:
    assert claims_of(with_other_claims(signed(CLAIMS, SECRET), sub="bob")) == {**CLAIMS, "sub": "bob"}
