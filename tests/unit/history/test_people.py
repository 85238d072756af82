"""Whose a request is: by the token it carries, else by what stands in its body."""

import pytest

from goldenpath.errors import UsageError
from goldenpath.history.exchange import NOBODY
from goldenpath.history.people import People


def ada_and_ben() -> People:
    people = People()
    people.add("Ada", ["gpc-ada", "ada@x.test"], ["ada@x.test", "sesame"])
    people.add("Ben", ["gpc-ben"], ["ben@x.test"])
    people.learn("Ada", {"access_token": "token-a", "refresh_token": "refresh-a", "user": {"id": "1"}})
    people.learn("Ben", {"access_token": "token-b"})
    return people


@pytest.mark.parametrize(
    ("token", "body", "owner"),
    [
        ("token-a", None, "Ada"),
        (None, {"refresh_token": "refresh-a"}, "Ada"),
        (None, {"email": "ben@x.test", "password": "wrong"}, "Ben"),
        ("token-b", {"email": "ada@x.test"}, "Ben"),
        ("unknown", {"email": "ada@x.test"}, "Ada"),
        (None, {"content": "gpc-ada"}, NOBODY),
        ("unknown", None, NOBODY),
        (None, ["ada@x.test", 7], NOBODY),
    ],
)
def test_a_request_belongs_to_whose_signs_it_carries(token: str | None, body: object, owner: str) -> None:
    assert ada_and_ben().owner_of(token, body) == owner


def test_old_tokens_stay_known() -> None:
    people = ada_and_ben()
    people.learn("Ada", {"access_token": "token-a2"})
    assert people.owner_of("token-a") == people.owner_of("token-a2") == "Ada"


def test_nobody_learns_nothing() -> None:
    people = ada_and_ben()
    people.learn(NOBODY, {"access_token": "token-n"})
    people.learn("Ada", "no JSON")
    assert people.owner_of("token-n") == NOBODY
    assert people.get(NOBODY) is None


@pytest.mark.parametrize("name", ["Ada", NOBODY])
def test_two_people_of_one_name_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"called {name}"):
        ada_and_ben().add(name, [])


def test_secrets_stand_in_no_text() -> None:
    people = ada_and_ben()
    assert [person.name for person in people] == ["Ada", "Ben"]
    assert len(people) == 2
    assert "sesame" not in f"{people!r} {list(people)}"
    people.clear()
    assert len(people) == 0
    assert people.owner_of("token-a") == NOBODY
