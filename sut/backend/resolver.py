"""Finds hosts by a table of the process's own, for names that the machine does not know, or knows otherwise."""

from collections.abc import Mapping

import httpx


class ResolvingTransport(httpx.AsyncBaseTransport):
    """Sends requests to the addresses that a table gives their hosts; names and certificates stay what they are."""

    def __init__(self, addresses: Mapping[str, str], inner: httpx.AsyncBaseTransport) -> None:
        """Make it.

        Args:
            addresses: Host name -> IP address; other hosts are looked up as usual.
            inner: Sends the requests.
        """
        self._addresses = dict(addresses)
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Args:
            request: The request; its ``Host`` header names the host already.

        Returns:
            The answer.
        """
        name = request.url.host
        address = self._addresses.get(name.lower())
        if address is not None:
            request.extensions = {**request.extensions, "sni_hostname": name}
            request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
