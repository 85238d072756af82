"""Keywords about the platform as a whole: that it runs, where it is, and what it is made of."""

from typing import Literal

from robot.api import logger
from robot.api.deco import keyword

from goldenpath.keyword_library import keyword_library
from goldenpath.world import world

Service = Literal["auth", "backend"]


@keyword_library
class PlatformLibrary:
    """Starts the platform, if that is this run's business, and says where it is."""

    @keyword
    def platform_is_running(self) -> None:
        """Start the platform, unless it runs already, and log what it is made of."""
        platform = world().platform
        parts = ", ".join(f"{name} {version}" for name, version in platform.versions().items())
        logger.info(f"{world().target.description}. Ready after {platform.startup_s:.2f} s. {parts}.")

    @keyword
    def address_of(self, service: Service) -> str:
        """Give the address of a service.

        Args:
            service: ``auth`` or ``backend``.

        Returns:
            Its base URL, without a slash at the end.
        """
        return world().platform.auth_url if service == "auth" else world().platform.backend_urls[0]
