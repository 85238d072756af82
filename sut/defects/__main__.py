"""``python -m sut.defects``: starts a service with defects, checks that they can be applied, or lists them.

python -m sut.defects auth.secret_split -- sut.backend --port 8000
python -m sut.defects --check auth.secret_split,./own.py
python -m sut.defects --list
python -m sut.defects --list auth.secret_split,./own.py
"""

import dataclasses
import importlib
import json
import sys

from sut.defects.finding import load, names
from sut.defects.kit import DefectError, Seams


def apply_all(wanted: str, service: str = "") -> None:
    """Apply defects to this process.

    Args:
        wanted: Names or paths, with commas between them.
        service: The service that runs in it; those of another are left out. Empty: none are.

    Raises:
        DefectError: One does not exist, or its seam does not.
    """
    for name in filter(None, wanted.split(",")):
        module = load(name)
        if service and module.DEFECT.service not in {"", service}:
            continue
        seams = Seams(module.DEFECT)
        try:
            module.apply(seams)
        except DefectError:
            raise
        except Exception as error:
            raise DefectError(f"{name} cannot be applied: {type(error).__name__}: {error}") from error
        if not seams.replaced:
            raise DefectError(f"{name} replaces no seam: such a platform has no defect.")


def main(arguments: list[str]) -> int:
    """Do what the command line says.

    Args:
        arguments: The command line.

    Returns:
        The exit code of the service; 2 for a defect that cannot be applied.
    """
    try:
        match arguments:
            case ["--list", *wanted] if len(wanted) < 2:
                listed = wanted[0].split(",") if wanted else names()
                print(json.dumps([dataclasses.asdict(load(name).DEFECT) for name in listed], indent=1))
                return 0
            case ["--check", wanted]:
                apply_all(wanted)
                return 0
            case [wanted, "--", service, *rest]:
                apply_all(wanted, service)
                program = importlib.import_module(f"{service}.__main__")
                code: int = program.main(rest)
                return code
    except DefectError as error:
        print(error, file=sys.stderr)
        return 2
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
