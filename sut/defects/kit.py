"""What defects are made of: their description, and the replacing of a seam with a count of its calls."""

import atexit
import functools
import importlib
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Where calls of replaced seams are told, one file a defect and process; without it nobody wants to know.
REACHED_VARIABLE = "GP_DEFECTS_REACHED"


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
        if not self.caught_by or not self.expects:
            raise DefectError(f"{self.name}: caught_by and expects must not be empty.")
        if len(self.expects) > 2 or (len(self.expects) == 2 and not self.why_two):
            raise DefectError(f"{self.name}: expects takes one id, or two with why_two.")


class Seams:
    """The platform's seams in one process, as one defect may replace them.

    Args:
        defect: The defect.
    """

    def __init__(self, defect: Defect) -> None:
        self.defect = defect
        self.calls = 0

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
        kind = type(held) if isinstance(held, staticmethod | classmethod) else None
        original = held.__func__ if kind else held
        made = make(original)
        if isinstance(original, property):
            setattr(owner, name, property(self._counted(made)))
            return
        counted = made if inspect.isclass(made) and self._counting_class(made) else self._counted(made)
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

    def reached(self) -> None:
        """Count that the replaced seam was used."""
        self.calls += 1
        if self.calls == 1:
            self._tell()
            atexit.register(self._tell)

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

    def _counting_class(self, made: type) -> bool:
        begin = made.__init__  # type: ignore[misc]

        @functools.wraps(begin)
        def counted(*args: Any, **kwargs: Any) -> None:
            self.reached()
            begin(*args, **kwargs)

        made.__init__ = counted  # type: ignore[misc]
        return True

    def _counted(self, made: Callable[..., Any]) -> Callable[..., Any]:
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

    def _tell(self) -> None:
        if folder := os.environ.get(REACHED_VARIABLE):
            Path(folder, f"{self.defect.name}.{os.getpid()}").write_text(str(self.calls), encoding="ascii")
