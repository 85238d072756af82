"""Finds defects by name or by path."""

import importlib.util
import sys
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from sut.defects.kit import Defect, DefectError

FOLDER = Path(__file__).parent
_OWN = {"__init__", "__main__", "kit", "finding"}


def names() -> list[str]:
    """List the known defects.

    Returns:
        Their names, sorted.
    """
    files = FOLDER.glob("*/*.py")
    return sorted(f"{file.parent.name}.{file.stem}" for file in files if file.stem not in _OWN)


def load(name: str) -> ModuleType:
    """Load a defect.

    Args:
        name: A name, or a path to a Python file.

    Returns:
        Its module, with ``DEFECT`` and ``apply(seams)``.

    Raises:
        DefectError: There is none of that name, or the file is no defect.
    """
    file = Path(name) if name.endswith(".py") else FOLDER / Path(*name.split(".")).with_suffix(".py")
    if not file.is_file() or (not name.endswith(".py") and name not in names()):
        near = ", ".join(get_close_matches(name, names(), n=3, cutoff=0.4)) or "nothing"
        raise DefectError(
            f"There is no defect '{name}'; near: {near}. `python -m sut.defects --list` tells all; or give a path that"
            " ends in .py."
        )
    spec = importlib.util.spec_from_file_location(f"golden_path_defect_{file.parent.name}_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise DefectError(f"{file} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except DefectError:
        raise
    except Exception as error:
        raise DefectError(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(getattr(module, "DEFECT", None), Defect) or not callable(getattr(module, "apply", None)):
        raise DefectError(f"{file} is no defect: it needs DEFECT = Defect(…) and a function apply(seams).")
    if file.parent.parent == FOLDER and name != module.DEFECT.name:
        raise DefectError(f"{file} calls itself {module.DEFECT.name}; its place says {name}.")
    return module
