"""The account that PostgreSQL runs as: root starts it as somebody else, since it refuses root."""

import os
import pwd
import stat
from pathlib import Path

from goldenpath.errors import PlatformStartError
from goldenpath.platform.order import Account

FOR_ROOT = ("postgres", "nobody")
OWN_SERVER = "set GOLDENPATH_POSTGRES_URL to a server of your own"


def postgres_account() -> Account | None:
    """Choose the account.

    Returns:
        `None` where it is the owner's own.

    Raises:
        PlatformStartError: PostgreSQL would refuse every account that there is.
    """
    if os.geteuid() == 0:
        for name in FOR_ROOT:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return Account(entry.pw_uid, entry.pw_gid)
        raise PlatformStartError(
            "PostgreSQL refuses to run as root, and there is no account postgres or nobody: "
            f"run as an ordinary account, or {OWN_SERVER}"
        )
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise PlatformStartError(
            f"user id {os.geteuid()} has no account on this machine, and PostgreSQL does not start without one: "
            f"run as an account that exists, or {OWN_SERVER}"
        ) from None
    return None


def closed_to_others(path: Path) -> Path | None:
    """Find what keeps another account from reaching a directory.

    Args:
        path: The directory.

    Returns:
        The topmost directory on the way that others may not pass, else `None`.
    """
    resolved = path.resolve()
    for step in (*reversed(resolved.parents), resolved):
        if not step.stat().st_mode & stat.S_IXOTH:
            return step
    return None


def give_to(account: Account | None, *paths: Path) -> None:
    """Make files and whole directories belong to an account.

    Args:
        account: The new owner; `None` changes nothing.
        paths: What it gets.
    """
    if account is None:
        return
    for path in paths:
        os.chown(path, account.uid, account.gid)
        for base, directories, files in os.walk(path):
            for name in (*directories, *files):
                os.chown(os.path.join(base, name), account.uid, account.gid, follow_symlinks=False)
