"""``python -m sut.backend``: one backend instance."""

import os
import sys
from functools import partial

from sut.backend.settings import PROGRAM, read_settings
from sut.common.settings import SettingsError, refuse


def main(arguments: list[str]) -> int:
    """Run one backend instance until it is told to stop.

    Args:
        arguments: The command line.

    Returns:
        The exit code: 0 after a stop, 2 for a refused setting or a start that was not done in time.
    """
    try:
        settings = read_settings(arguments, os.environ)
    except SettingsError as error:
        return refuse(PROGRAM, error)
    # a refused setting is told before the heavy parts are loaded
    from sut.backend.app import build  # noqa: PLC0415
    from sut.backend.upgrade import socket_options  # noqa: PLC0415
    from sut.common.logs import configure_logging  # noqa: PLC0415
    from sut.common.server import serve  # noqa: PLC0415

    configure_logging("backend", settings.instance)
    return serve(partial(build, settings), settings.service, socket_options(settings.heartbeat_s))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
