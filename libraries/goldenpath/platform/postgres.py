"""The PostgreSQL of one platform: an embedded server, or a database of its own on the user's server."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from goldenpath.platform import places, ports
from goldenpath.platform.accounts import postgres_account
from goldenpath.platform.order import DataCopy
from goldenpath.platform.postgres_binaries import find_postgres, reachable_by
from goldenpath.platform.postgres_server import PostgresAddress, postgres_order, wait_for_postgres
from goldenpath.platform.postgres_template import postgres_template
from goldenpath.platform.process import ServerProcess, TemplateDamagedError

READY_WITHIN_S = 30.0


class EmbeddedPostgres:
    """A server of its own, copied from the migrated template.

    Args:
        shared: The platform's directory.
        uses: Servers that must stay until this one is gone.
    """

    def __init__(self, shared: Path, uses: Iterable[ServerProcess] = ()) -> None:
        account = postgres_account()
        binaries = reachable_by(account, find_postgres())
        self._template = postgres_template(binaries, account)
        self._address = PostgresAddress(
            ports.free_port(), self._template.password, shared.name, self._template.service_password
        )
        copy = DataCopy(self._template.tree.path / "data", self._template.tree.path / "manifest.json")
        order = postgres_order(shared, binaries, account, self._address, copied_from=copy)
        self.process = ServerProcess(order, uses)
        self.version = ""

    @property
    def url(self) -> str:
        """The migrated database, as its owner, with the password."""
        return self._address.url()

    @property
    def service_url(self) -> str:
        """The migrated database as the services log in, with the password."""
        return self._address.service_url

    async def ready(self) -> None:
        """Wait until it answers and is the one that was started.

        Raises:
            PlatformStartError: It does not come up.
        """
        try:
            self.version = await wait_for_postgres(self.process, self._address, "goldenpath", READY_WITHIN_S)
        except TemplateDamagedError:
            await asyncio.to_thread(places.discard, self._template.tree)
            raise

    def release(self) -> None:
        """Let it begin to stop, once those that use it are gone."""
        self.process.release()

    def stop(self) -> None:
        """Stop it, remove its data, and wait for both."""
        self.process.stop()
        ports.give_back(self._address.port)
