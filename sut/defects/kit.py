"""What defects are made of: their description, and the replacing of a seam with a count of its calls."""

import functools
import importlib
import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where calls of replaced seams are told, one file a defect and process; without it nobody wants to know.
REACHED_VARIABLE = "GP_DEFECTS_REACHED"
SERVICES = ("", "sut.auth", "sut.backend")
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class DefectError(Exception):
    """A defect cannot be applied; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What a defect is, fixed before anybody looks whether it is found.

    Args:
        name: As `--variable DEFECTS:` calls it; the module's place.
        seen: What somebody outside sees.
        caught_by: The scenarios that claim to turn red on it.
        expects: The id of the rule, limit or check that a failure has to name to count; two with `why_two`.
        why_two: Why two ids are right.
        broad: Why it stops nearly everything; empty: it does not.
        service: Where it is applied: ``sut.auth`` or ``sut.backend``; empty: in both.
        here: What stands for it on this platform, where the original presupposes another form.
    """

    name: str
    seen: str
    caught_by: tuple[str, ...]
    expects: tuple[str, ...]
    why_two: str = ""
    broad: str = ""
    service: str = ""
    here: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise DefectError(
                f"'{self.name}' is no name of a defect: write group.name in lower case, as auth.secret_split."
            )
        if isinstance(self.caught_by, str) or isinstance(self.expects, str):
            raise DefectError(f'{self.name}: caught_by and expects are tuples; of one entry too: ("…",).')
        if not self.caught_by or not self.expects:
            raise DefectError(f"{self.name}: caught_by and expects must not be empty.")
        if len(self.expects) > 2 or (len(self.expects) == 2 and not self.why_two):
            raise DefectError(f"{self.name}: expects takes one id, or two with why_two.")
        if self.service not in SERVICES:
            raise DefectError(
                f"{self.name}: there is no service '{self.service}': sut.auth, sut.backend, or empty for both."
            )


class Seams:
    """The platform's seams in one process, as one defect may replace them.

    Args:
        defect: The defect.

    Attributes:
        calls: How often a replaced seam was used in this process.
        replaced: The seams that were replaced.
    """

    def __init__(self, defect: Defect) -> None:
        self.defect = defect
        self.calls = 0
        self.replaced: list[str] = []
        self._told: int | None = None

    def replace(self, seam: str, make: Callable[[Any], Any]) -> None:
        """Replace a function, a method or a class where it is looked up.

        Args:
            seam: ``module:name`` or ``module:Class.method``, for example ``sut.backend.hub:Hub.publish``. A function
                that other modules have imported by name is looked up there: name each of those places.
            make: Gets the original, gives what stands in its place; a call of it is counted.

        Raises:
            DefectError: There is no such seam.
        """
        owner, name = self._owner(seam)
        held = inspect.getattr_static(owner, name)
        if not inspect.isclass(owner) and not inspect.ismodule(owner):
            held = getattr(owner, name)  # of one object: bound to it already
        kind = type(held) if isinstance(held, staticmethod | classmethod) else None
        original = held.__func__ if kind else held
        if not callable(original) and not isinstance(original, property | functools.cached_property):
            raise DefectError(f"{self.defect.name}: {seam} cannot be called, so its calls cannot be counted: use set.")
        made = make(original)
        if not callable(made):
            raise DefectError(f"{self.defect.name}: what is to stand at {seam} cannot be called: {made!r}.")
        self.replaced.append(seam)
        if isinstance(original, property):
            setattr(owner, name, original.getter(self._counted(made)))
        elif isinstance(original, functools.cached_property):
            cached = functools.cached_property(self._counted(made))
            cached.__set_name__(owner, name)
            setattr(owner, name, cached)
        else:
            counted = self._counting_class(made) if inspect.isclass(made) else self._counted(made)
            setattr(owner, name, kind(counted) if kind else counted)

    def set(self, seam: str, value: Any) -> None:
        """Replace a constant; `reached` tells when it takes effect, because nobody can count looks at it.

        Args:
            seam: As in `replace`.
            value: What stands in its place.

        Raises:
            DefectError: There is no such seam.
        """
        owner, name = self._owner(seam)
        setattr(owner, name, value)
        self.replaced.append(seam)

    def reached(self) -> None:
        """Count that the replaced seam was used."""
        self.calls += 1
        if self._told is None and (folder := os.environ.get(REACHED_VARIABLE)):
            place = Path(folder, f"{self.defect.name}.{os.getpid()}")
            self._told = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if self._told is not None:
            # at once and unbuffered: a killed process tells nothing at its end
            os.pwrite(self._told, str(self.calls).encode(), 0)

    def _owner(self, seam: str) -> tuple[Any, str]:
        module, _, path = seam.partition(":")
        try:
            owner: Any = importlib.import_module(module)
            *way, name = path.split(".")
            for part in way:
                owner = getattr(owner, part)
            inspect.getattr_static(owner, name)
        except (ImportError, AttributeError, ValueError) as error:
            raise DefectError(f"{self.defect.name}: there is no seam {seam} ({error}).") from None
        return owner, name

    def _counting_class(self, made: type) -> type:
        begin = made.__init__  # type: ignore[misc]
        nothing_to_begin = begin is object.__init__

        @functools.wraps(begin)
        def counted(*args: Any, **kwargs: Any) -> None:
            self.reached()
            if not nothing_to_begin:
                begin(*args, **kwargs)

        made.__init__ = counted  # type: ignore[misc]
        return made

    def _counted(self, made: Callable[..., Any]) -> Callable[..., Any]:
        """Count calls; of a generator the call that makes it, of a property each look at it."""
        if inspect.iscoroutinefunction(made):

            @functools.wraps(made)
            async def counted_async(*args: Any, **kwargs: Any) -> Any:
                self.reached()
                return await made(*args, **kwargs)

            return counted_async

        @functools.wraps(made)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.reached()
            return made(*args, **kwargs)

        return counted
