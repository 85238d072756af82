"""The environment variables of the processes that this run starts."""

import os

LOOPBACK = "127.0.0.1,localhost"


def service_environment(**settings: str) -> dict[str, str]:
    """Give the owner's environment with a service's own settings.

    Args:
        settings: Variables of the service, for example ``GP_POSTGRES_URL``.

    Returns:
        A whole environment. Settings of the owner for other platforms stay behind, and a proxy is not asked for the
        way to this machine itself.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GP_", "GOLDENPATH_"))}
    return {**kept, "NO_PROXY": LOOPBACK, "no_proxy": LOOPBACK, **settings}
