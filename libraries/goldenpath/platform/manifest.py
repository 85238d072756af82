"""What a cached tree consists of, so that one is noticed that a cleaner of old temporary files has thinned out."""

import json
import os
from pathlib import Path


def write(root: Path, manifest: Path) -> None:
    """List a tree's directories, and its files with their sizes.

    Args:
        root: The tree.
        manifest: Where the list is written (JSON; the guard reads it).
    """
    directories: list[str] = []
    files: dict[str, int] = {}
    for base, below, names in os.walk(root):
        inside = Path(base).relative_to(root)
        directories += [str(inside / name) for name in below]
        files |= {str(inside / name): (Path(base) / name).stat().st_size for name in names}
    manifest.write_text(json.dumps({"directories": directories, "files": files}))


def intact(root: Path, manifest: Path) -> bool:
    """Tell whether a tree still is what its manifest says.

    Args:
        root: The tree.
        manifest: Its list.

    Returns:
        Whether everything is there, with its size.
    """
    try:
        listed = json.loads(manifest.read_text())
        return all((root / name).is_dir() for name in listed["directories"]) and all(
            (root / name).stat().st_size == size for name, size in listed["files"].items()
        )
    except (OSError, ValueError):
        return False
