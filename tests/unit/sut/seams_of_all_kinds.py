"""A platform with one seam of each kind; loaded anew for each test, which replaces some of them."""

import functools
from collections.abc import AsyncIterator

LIMIT = 4


class Thing:
    size = 3

    def __init__(self, name: str = "thing") -> None:
        self.name = name

    def method(self) -> str:
        return self.name

    async def later(self) -> str:
        return self.name

    async def several(self) -> AsyncIterator[str]:
        yield self.name
        yield self.name

    @staticmethod
    def static(word: str) -> str:
        return word

    @classmethod
    def made(cls, word: str) -> "Thing":
        return cls(word)

    @property
    def title(self) -> str:
        return self.name

    @title.setter
    def title(self, word: str) -> None:
        self.name = word

    @functools.cached_property
    def once(self) -> str:
        return self.name


class Bare:
    pass


class Heir(Thing):
    pass


def plain(word: str) -> str:
    return word


thing = Thing("one")
