"""A platform that somebody else has started: it is waited for and used, never started, stopped or changed."""

import time

from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.http import HttpClient
from goldenpath.errors import PromiseBroken, TargetError, UsageError
from goldenpath.polling import NotYet, until
from goldenpath.targets.addresses import CA_FILE, POSTGRES, REDIS, Addresses
from goldenpath.targets.target import Target

_LOOK_EVERY_S = 0.5
_OK = 200
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


class ReachablePlatform:
    """A platform at known addresses; `reach` makes one.

    Args:
        target: What is known about it.
        addresses: Where it is.
        startup_s: How long it was waited for, in seconds.
    """

    def __init__(self, target: Target, addresses: Addresses, startup_s: float) -> None:
        self.startup_s = startup_s
        self._target = target
        self._addresses = addresses

    @classmethod
    async def reach(cls, target: Target, addresses: Addresses) -> "ReachablePlatform":
        """Wait until every service is ready.

        Args:
            target: The target.
            addresses: Where it is.

        Returns:
            The platform.

        Raises:
            TargetError: One of them is not ready in time; the text says which and what was seen.
        """
        began = time.monotonic()
        places = [("auth_health", addresses.auth), *(("backend_health", url) for url in addresses.backends)]
        for call, url in places:
            client = HttpClient(url, dialect=target.dialect, ca_file=addresses.ca_file)
            left_s = max(1.0, target.readiness_s - (time.monotonic() - began))
            await _ready(call, client, left_s, target)
            await client.close()
        return cls(target, addresses, time.monotonic() - began)

    @property
    def auth_url(self) -> str:
        """The auth service's base URL, without a slash at the end."""
        return self._addresses.auth

    @property
    def backend_urls(self) -> list[str]:
        """The backends' base URLs, without a slash at the end."""
        return list(self._addresses.backends)

    @property
    def ws_urls(self) -> list[str]:
        """The backends' socket addresses."""
        return self._addresses.sockets_at(self._target.dialect.upgrade.path)

    @property
    def postgres_url(self) -> str:
        """The database, with the password."""
        return self._store(self._addresses.postgres, "PostgreSQL", POSTGRES)

    @property
    def redis_url(self) -> str:
        """The Redis, with the password."""
        return self._store(self._addresses.redis, "Redis", REDIS)

    @property
    def redis_prefix(self) -> str:
        """What each of the platform's keys begins with."""
        return self._addresses.redis_prefix

    @property
    def llm_url(self) -> str:
        """There is no language model that the run could script."""
        raise UsageError(f"The language model of target {self._target.name} is not the run's. Tag: needs-llm-script.")

    @property
    def llm_token(self) -> str:
        """There is no language model that the run could script."""
        return self.llm_url

    def error_lines(self) -> list[str]:
        """Its log cannot be read.

        Returns:
            Nothing.
        """
        return []

    def versions(self) -> dict[str, str]:
        """What it is made of is not known.

        Returns:
            Nothing.
        """
        return {}

    def _store(self, url: str, what: str, variable: str) -> str:
        if not url:
            raise UsageError(
                f"Target {self._target.name} gives no way to its {what}. Set {variable}, or tag the test with what it "
                "needs, for example needs-database."
            )
        return url


async def _ready(call: str, client: HttpClient, within_s: float, target: Target) -> None:
    async def look() -> bool:
        try:
            reply = await client.speak(call, probe="ready")
        except NoAnswer as error:
            if _UNTRUSTED in str(error):  # no waiting makes a certificate better
                raise TargetError(
                    f"Target {target.name}: {error}. Is it of an authority of its own? Set {CA_FILE}."
                ) from None
            raise
        if reply.status != _OK:
            raise NotYet(f"{reply.method} {reply.path} answered {reply.status}")
        return True

    what = f"readiness of {client.base_url}"
    try:
        await until(look, within_s=within_s, every_s=_LOOK_EVERY_S, what=what, ignoring=(NoAnswer,))
    except PromiseBroken as error:
        raise TargetError(
            f"Target {target.name}: {error}. Start the platform, or set its addresses (docs/targets.md)."
        ) from None
