"""The OpenID Connect providers of this process."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sut.auth.provider_settings import ProviderSettings
from sut.common.errors import PlatformError

if TYPE_CHECKING:
    from sut.auth.openid import OpenIdProvider


class Providers:
    """Finds a provider by its name; the client for it is made when it is first used.

    Args:
        settings: The providers by name.
    """

    def __init__(self, settings: Mapping[str, ProviderSettings]) -> None:
        self._settings = settings
        self._made: dict[str, OpenIdProvider] = {}

    def find(self, name: str) -> "OpenIdProvider":
        """Find one.

        Args:
            name: Its name.

        Returns:
            The provider.

        Raises:
            PlatformError: ``UNKNOWN_PROVIDER``.
        """
        # an HTTP client is slow to load, and most processes start without anybody waiting at a provider
        from sut.auth.openid import OpenIdProvider  # noqa: PLC0415

        if name not in self._settings:
            raise PlatformError("UNKNOWN_PROVIDER", "There is no such provider to sign in with.")
        if name not in self._made:
            self._made[name] = OpenIdProvider(self._settings[name])
        return self._made[name]

    async def close(self) -> None:
        """Close the connections to all of them."""
        for provider in self._made.values():
            await provider.close()
