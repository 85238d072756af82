"""Whose a row, a page and a key is, and what the history learns of its users."""

from types import SimpleNamespace
from typing import Any, cast

from goldenpath.clients.cache import CacheClient
from goldenpath.handles import User
from goldenpath.history.people import People
from goldenpath.judging.stores import all_keys, introduce


class Keys:
    """A cache that holds what a test says."""

    def __init__(self, **held: Any) -> None:
        self.held = held

    async def keys(self) -> list[str]:
        return list(self.held)

    async def content(self, key: str) -> Any:
        return self.held[key]


def invented(name: str, user_id: str, tenant_id: str) -> User:
    user = User.invent(name)
    user.user_id, user.tenant_id, user.session_id = user_id, tenant_id, f"session-of-{name}"
    return user


def test_the_history_learns_ids_and_a_tenant_of_two_is_nobodys_mark() -> None:
    users = [invented("Ada", "u1", "t1"), invented("Ben", "u2", "t2"), invented("Cem", "u3", "t2")]
    users[0].runs.append(cast(Any, SimpleNamespace(run_id="r1", thread_id=None)))
    people = People()
    for user in users:
        people.add(user.name, [user.canary])
    people.add("Somebody Else", ["x"])
    introduce(people, users)
    assert {person.name: person.marks for person in people} == {
        "Ada": {users[0].canary, "u1", "t1", "session-of-Ada", "r1"},
        "Ben": {users[1].canary, "u2", "session-of-Ben"},
        "Cem": {users[2].canary, "u3", "session-of-Cem"},
        "Somebody Else": {"x"},
    }
    assert [person.tenant_id for person in people] == ["t1", "t2", "t2", ""]


async def test_a_key_belongs_to_whose_id_is_in_its_name() -> None:
    people = People()
    people.add("Ada", ["thread-1"]).user_id = "u1"
    people.add("Ben", ["thread-2"])
    held = {"presence:u1": {"b", "a"}, "thread:thread-2:context": "c", "registry:auth": "u1", "run:thread-1x": "d"}
    found = await all_keys(cast(CacheClient, Keys(**held)), list(people))
    assert [(look_up.owner, look_up.place, look_up.content) for look_up in found] == [
        ("Ada", "key presence:u1", ["a", "b"]),
        ("Ben", "key thread:thread-2:context", "c"),
    ]
