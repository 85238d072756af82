"""Reading a description by hand: every value is asked for by name and type, and what nobody asked for is an error."""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from goldenpath.errors import TargetError

ENDINGS = (".toml", ".json")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
_EXAMPLES = {
    "a text": '{key} = "..."',
    "true or false": "{key} = true",
    "a number": "{key} = 60",
    "a list of texts": '{key} = ["...", "..."]',
    "a table": "[{key}]",
}


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant.

    Args:
        name: What was written.
        known: What could have been.

    Returns:
        ``Did you mean 'x'?`` where one is near enough, and all the known ones.
    """
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return (f"Did you mean '{near[0]}'? " if near else "") + f"Known: {', '.join(names) or 'none'}."


def described(folder: Path, name: str, what: str) -> "Section":
    """Open a description.

    Args:
        folder: Where such descriptions are.
        name: Its name: the file's name without its ending.
        what: What it describes, for the error.

    Returns:
        Its outermost section.

    Raises:
        TargetError: There is no such file, or it is neither TOML nor JSON.
    """
    files = {path.stem: path for path in sorted(folder.glob("*")) if path.suffix in ENDINGS}
    if name not in files:
        raise TargetError(f"There is no {what} '{name}'. {nearest(name, files)}")
    file = files[name]
    try:
        text = file.read_text(encoding="utf-8")
        values = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except ValueError as problem:
        raise TargetError(f"{file}: not readable as {file.suffix[1:].upper()}: {problem}. Mend that line.") from None
    if not isinstance(values, dict):
        raise TargetError(f"{file}: it holds {_kind(values)} and not a table of keys.")
    return Section(file, values)


class Section:
    """A table of a description. `close` it when everything has been asked for.

    Args:
        file: Where it stands.
        values: What it holds.
        place: The names of the tables around it, each with a dot after it.
    """

    def __init__(self, file: Path, values: Mapping[str, Any], place: str = "") -> None:
        self.file = file
        self._values = values
        self._place = place
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text, its ``${NAME}`` replaced by environment variables.

        Args:
            key: Its name.
            default: What it is where nothing is written; ``None``: it must be.

        Returns:
            The text.

        Raises:
            TargetError: It is missing, no text, or names a variable that is not set.
        """
        value = self._get(key, str, "a text", default)
        return _VARIABLE.sub(lambda found: self._variable(key, found[1]), str(value))

    def flag(self, key: str, default: bool) -> bool:
        """Give a switch.

        Args:
            key: Its name.
            default: What it is where nothing is written.

        Returns:
            The value.

        Raises:
            TargetError: It is neither true nor false.
        """
        return bool(self._get(key, bool, "true or false", default))

    def number(self, key: str, default: float) -> float:
        """Give a number.

        Args:
            key: Its name.
            default: What it is where nothing is written.

        Returns:
            The value.

        Raises:
            TargetError: It is no number.
        """
        return float(self._get(key, (int, float), "a number", default))

    def texts(self, key: str, default: Iterable[str] = ()) -> tuple[str, ...]:
        """Give a list of texts.

        Args:
            key: Its name.
            default: What it is where nothing is written.

        Returns:
            The texts.

        Raises:
            TargetError: It is something else.
        """
        return self._texts(key, self._get(key, list, "a list of texts", list(default)))

    def one_of(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """Give a text that is one of some words.

        Args:
            key: Its name.
            known: The words.
            default: What it is where nothing is written; ``None``: it must be.

        Returns:
            The word.

        Raises:
            TargetError: It is missing or another.
        """
        value, words = self.text(key, default), tuple(known)
        if value not in words:
            raise self.wrong(key, f'is "{value}". Use one of: {", ".join(words)}')
        return value

    def table(self, key: str) -> "Section":
        """Give a table inside.

        Args:
            key: Its name.

        Returns:
            The table, empty where nothing is written.

        Raises:
            TargetError: It is no table.
        """
        return Section(self.file, self._get(key, dict, "a table", {}), f"{self._place}{key}.")

    def tables(self) -> dict[str, "Section"]:
        """Give every key of this section as a table.

        Returns:
            The tables, by name.

        Raises:
            TargetError: One is something else.
        """
        return {name: self.table(name) for name in self._values}

    def words(self) -> dict[str, str]:
        """Give every key of this section as a text.

        Returns:
            The texts, by name.

        Raises:
            TargetError: One is something else.
        """
        return {name: self.text(name) for name in self._values}

    def lists(self) -> dict[str, tuple[str, ...]]:
        """Give every key of this section as a list of texts; a single text is a list of one.

        Returns:
            The lists, by name.

        Raises:
            TargetError: One is something else.
        """
        return {
            name: (self.text(name),) if isinstance(value, str) else self.texts(name)
            for name, value in self._values.items()
        }

    def numbers(self) -> dict[str, int]:
        """Give every key of this section as a whole number.

        Returns:
            The numbers, by name.

        Raises:
            TargetError: One is something else.
        """
        return {name: int(self._get(name, int, "a number", None)) for name in self._values}

    def anything(self) -> dict[str, Any]:
        """Give the section as it stands: JSON with places to fill in.

        Returns:
            The values.
        """
        self._asked |= self._values.keys()
        return dict(self._values)

    def leave(self, key: str) -> None:
        """Pass over a value that something else replaces.

        Args:
            key: Its name.
        """
        self._asked.add(key)

    def close(self) -> None:
        """Refuse what nobody has asked for.

        Raises:
            TargetError: There is a key that means nothing here.
        """
        for key in self._values:
            if key not in self._asked:
                raise TargetError(f"{self.file}: unknown key '{self._place}{key}'. {nearest(key, self._asked)}")

    def wrong(self, key: str, what: str) -> TargetError:
        """Make the error of a value.

        Args:
            key: The value's name.
            what: What is wrong and what would be right, without a full stop.

        Returns:
            The error; it names the file and the key.
        """
        return TargetError(f"{self.file}: '{self._place}{key}' {what}.")

    def _get(self, key: str, kind: type | tuple[type, ...], wanted: str, default: Any) -> Any:
        self._asked.add(key)
        value = self._values.get(key, default)
        example = _EXAMPLES[wanted].format(key=key)
        if value is None:
            raise self.wrong(key, f"is missing. It is {wanted}; add a line: {example}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"is {_kind(value)} and has to be {wanted}. For example: {example}")
        return value

    def _texts(self, key: str, values: list[Any]) -> tuple[str, ...]:
        for value in values:
            if not isinstance(value, str):
                example = _EXAMPLES["a list of texts"].format(key=key)
                raise self.wrong(key, f"holds {_kind(value)} and has to be a list of texts. For example: {example}")
        return tuple(values)

    def _variable(self, key: str, name: str) -> str:
        value = os.environ.get(name)
        if not value:
            raise self.wrong(key, f"comes from the environment variable {name}, which is not set. Set it")
        return value


def _kind(value: object) -> str:
    kind = _KINDS.get(type(value), type(value).__name__)
    return f"{kind} ({value})" if isinstance(value, int | float) else kind
