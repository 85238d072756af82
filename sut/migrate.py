"""Brings the database to the newest schema: ``python -m sut.migrate``, before the services start."""

import argparse
import os
import re
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from sut.common.settings import SettingsError, SettingsParser, postgres_url, refuse
from sut.store.postgres import newest_migration

PROGRAM = "sut.migrate"
LONGEST_SUFFIX = 40


def upgrade_to_newest(url: str, role_suffix: str = "") -> None:
    """Run the migrations that a database has not had yet, and write who may see what; two at once do no harm.

    Args:
        url: ``postgresql://user[:password]@host:port/database``.
        role_suffix: What follows ``gp_app`` and ``gp_system`` in the names of the roles, which belong to the whole
            server.

    Raises:
        SettingsError: The database cannot be reached, or refuses the account.
    """
    config = Config(attributes={"url": url, "role_suffix": role_suffix})
    config.set_main_option("script_location", str(Path(__file__).parent / "store" / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: The command line.

    Returns:
        The exit code: 0, or 2 with one sentence on stderr.
    """
    try:
        parser = SettingsParser(f"python -m {PROGRAM}")
        parser.add_argument(
            "--role-suffix",
            type=_suffix,
            default="",
            metavar="TEXT",
            help="what follows gp_app and gp_system in the names of the roles: one text for each database of a server",
        )
        options = parser.parse_args(arguments)
        upgrade_to_newest(postgres_url(os.environ), options.role_suffix)
    except SettingsError as error:
        return refuse(PROGRAM, error)
    print(f"Schema is at {newest_migration()}.")
    return 0


def _suffix(text: str) -> str:
    if not re.fullmatch(rf"[a-z0-9_]{{0,{LONGEST_SUFFIX}}}", text):
        raise argparse.ArgumentTypeError(f"a suffix has at most {LONGEST_SUFFIX} of a-z, 0-9 and _")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
