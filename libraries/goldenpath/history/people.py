"""The users of a test: ids, marks that are theirs alone, and signs by which a request is known as theirs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from goldenpath.errors import UsageError
from goldenpath.history.exchange import NOBODY

_TOKENS = ("access_token", "refresh_token")


@dataclass(eq=False, slots=True)
class Person:
    """A user of the test.

    Args:
        name: How the test calls them.
        user_id: Empty until the platform has given one.
        tenant_id: Empty until the platform has given one.
        marks: What is theirs alone: canary, e-mail address, ids of user, tenant, session, threads, runs.
    """

    name: str
    user_id: str = ""
    tenant_id: str = ""
    marks: set[str] = field(default_factory=set)


class People:
    """All users of one test, by name. Their secrets are known here and can be asked about, but not read."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._owners: dict[str, str] = {}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def __len__(self) -> int:
        return len(self._people)

    def add(self, name: str, marks: Iterable[str], signs: Iterable[str] = ()) -> Person:
        """Take in a user.

        Args:
            name: How the test calls them; nobody else of the test may be called so.
            marks: What is theirs alone so far.
            signs: By what a request is known as theirs so far: e-mail address, password.

        Returns:
            The person.

        Raises:
            UsageError: Somebody of that name is there already.
        """
        if name in self._people or name == NOBODY:
            raise UsageError(f"Two users of one test are called {name}; its history could not tell them apart.")
        person = self._people[name] = Person(name, marks=set(marks))
        self._owners.update(dict.fromkeys(signs, name))
        return person

    def get(self, name: str) -> Person | None:
        """Give a user.

        Args:
            name: How the test calls them.

        Returns:
            The person, ``None`` if the test has nobody of that name.
        """
        return self._people.get(name)

    def owner_of(self, token: str | None, body: Any = None) -> str:
        """Tell whose a request is.

        Args:
            token: That it carried.
            body: Its JSON body; it may hold an e-mail address, a password, a refresh token.

        Returns:
            The name of the user to whom the token belongs, else the first sign in the body; `NOBODY` without any.
        """
        values = body.values() if isinstance(body, dict) else ()
        signs = [sign for sign in (token, *values) if isinstance(sign, str)]
        return next((self._owners[sign] for sign in signs if sign in self._owners), NOBODY)

    def learn(self, name: str, answer: Any) -> None:
        """Take tokens that a user was given as signs of theirs.

        Args:
            name: Who was given the answer; for `NOBODY` there is nothing to learn.
            answer: Its body, JSON or not.
        """
        if name != NOBODY and isinstance(answer, dict):
            self._owners.update({str(answer[token]): name for token in _TOKENS if answer.get(token)})

    def clear(self) -> None:
        """Forget everybody, for the next test."""
        self._people, self._owners = {}, {}
