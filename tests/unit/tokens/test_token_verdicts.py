"""Whether what doors say is one verdict, and the right one."""

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.handles import User, secret
from goldenpath.tokens.doors import Said
from goldenpath.tokens.forging import signed
from goldenpath.tokens.verdicts import insist_on_good, insist_on_refused, insist_on_the_window


@pytest.fixture
def ada() -> User:
    user = User.invent("Ada")
    user.user_id = "ada"
    claims = {"sub": "ada", "sid": "her session", "permissions": ["history", "chat"]}
    user.access_token = secret(signed(claims, "a secret of more than thirty-two bytes, for tests"))
    return user


def test_a_good_token_that_every_door_lets_in_as_its_user_is_one_verdict(ada: User) -> None:
    insist_on_good(ada, [Said("auth service", 200, "", "ada", "her session", ("chat", "history")), Said("socket", 101)])


@pytest.mark.parametrize("other", [Said("socket", 401, "UNAUTHENTICATED"), Said("socket", 503), Said("socket", 1008)])
def test_one_door_that_keeps_a_good_token_out_breaks_it(ada: User, other: Said) -> None:
    with pytest.raises(PromiseBroken, match=r"^one-token-one-verdict: .*auth service 200; socket"):
        insist_on_good(ada, [Said("auth service", 200), other])


@pytest.mark.parametrize(
    "other",
    [
        Said("socket", 101, "", "bob"),
        Said("socket", 101, "", "ada", "another session"),
        Said("socket", 101, "", "ada", "her session", ("admin",)),
    ],
)
def test_one_door_that_takes_it_for_something_else_breaks_the_context(ada: User, other: Said) -> None:
    with pytest.raises(PromiseBroken, match=r"^own-context-only: "):
        insist_on_good(ada, [Said("auth service", 200), other])


def test_a_bad_token_that_every_door_refuses_alike_is_one_verdict() -> None:
    insist_on_refused(
        "expired", [Said("REST", 401, "TOKEN_EXPIRED"), Said("socket", 401, "TOKEN_EXPIRED")], "TOKEN_EXPIRED"
    )


@pytest.mark.parametrize("status", [101, 200, 403, 500, 503])
def test_one_door_that_does_not_refuse_a_bad_token_breaks_it(status: int) -> None:
    with pytest.raises(PromiseBroken, match=r"^one-token-one-verdict: "):
        insist_on_refused("expired", [Said("REST", 401), Said("socket", status)])


def test_another_reason_at_another_door_is_told() -> None:
    with pytest.raises(PromiseBroken, match=r"^refusal-says-why: "):
        insist_on_refused("expired", [Said("REST", 401, "TOKEN_EXPIRED"), Said("socket", 401, "X")], "TOKEN_EXPIRED")


def test_a_race_that_was_none_is_void() -> None:
    assert insist_on_the_window("Checks", 10, 50) == "Checks: 10 of 50 tries fell into the window."
    with pytest.raises(PromiseBroken, match=r"^VOID"):
        insist_on_the_window("Checks", 9, 50)
