"""The known defects that a run is started with: checked before anything starts, because a wrong one proves nothing."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

REFUSED = 2


def wanted_defects(text: str, *, own_platform: bool) -> tuple[str, ...]:
    """Read which defects the platform is to be started with.

    A refusal ends this process at once with exit code 2: no test may run with another platform than was asked for.

    Args:
        text: Names or paths to Python files, with commas between them.
        own_platform: Whether the run starts its platform itself.

    Returns:
        The names, and the paths from the root of the file system.
    """
    wanted = tuple(
        str(Path(name).resolve()) if name.endswith(".py") else name for name in map(str.strip, text.split(",")) if name
    )
    if not wanted:
        return ()
    if not own_platform:
        refuse("they are for the embedded target only, built into a platform that the run starts itself.")
    check = [sys.executable, "-m", "sut.defects", "--check", ",".join(wanted)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    if done.returncode:
        refuse(done.stderr.strip() or f"the defects could not be checked: exit code {done.returncode}")
    return wanted


def refuse(why: str) -> NoReturn:
    """End this process at once: Robot could only fail a test, and go on.

    Args:
        why: What is wrong and what to do, in a sentence.
    """
    print(f"[ ERROR ] DEFECTS: {why}", file=sys.__stderr__, flush=True)
    os._exit(REFUSED)
