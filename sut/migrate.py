"""Brings the database to the newest schema: ``python -m sut.migrate``, before the services start."""

import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from sut.common.settings import SettingsError, SettingsParser, postgres_url, refuse
from sut.store.postgres import newest_migration

PROGRAM = "sut.migrate"


def upgrade_to_newest(url: str) -> None:
    """Run the migrations that a database has not had yet; two at once do no harm.

    Args:
        url: ``postgresql://user[:password]@host:port/database``.

    Raises:
        SettingsError: The database cannot be reached, or refuses the account.
    """
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(Path(__file__).parent / "store" / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: The command line; there are no options.

    Returns:
        The exit code: 0, or 2 with one sentence on stderr.
    """
    try:
        SettingsParser(f"python -m {PROGRAM}").parse_args(arguments)
        upgrade_to_newest(postgres_url(os.environ))
    except SettingsError as error:
        return refuse(PROGRAM, error)
    print(f"Schema is at {newest_migration()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
