"""``python -m sut.edge.netra_apex``: the adapter in front of one auth service and its backends."""

import os
import sys
from functools import partial

from sut.common.settings import SettingsError, refuse
from sut.edge.netra_apex.settings import PROGRAM, read_settings


def main(arguments: list[str]) -> int:
    """Run the adapter until it is told to stop.

    Args:
        arguments: The command line.

    Returns:
        The exit code: 0 after a stop, 2 for a refused setting or a port that is taken.
    """
    try:
        settings = read_settings(arguments, os.environ)
    except SettingsError as error:
        return refuse(PROGRAM, error)
    # a refused setting is told before the heavy parts are loaded
    from sut.common.logs import configure_logging  # noqa: PLC0415
    from sut.common.server import SocketOptions, serve  # noqa: PLC0415
    from sut.edge.netra_apex.app import build  # noqa: PLC0415

    configure_logging("netra-apex")
    return serve(partial(build, settings), settings, SocketOptions(), more_ports=tuple(settings.backends))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
