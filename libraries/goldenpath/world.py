"""What the keywords of one robot process share: target, platform, clients, and what the running test made."""

import secrets
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from goldenpath import runtime
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.cache import CacheClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.clients.clock import SAME_MACHINE, ClockOffset
from goldenpath.clients.postgres import PostgresClient
from goldenpath.defects import wanted_defects
from goldenpath.errors import TargetError, UsageError
from goldenpath.handles import Connecting, Prepared, Run, User
from goldenpath.history.recorder import Channel, Recorder
from goldenpath.leaving import leave
from goldenpath.limits.ledger import Ledger
from goldenpath.orphan import end_with_pabot
from goldenpath.platform.embedded import PlatformOptions, embedded_platform
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.targets.accounts import VARIABLE as ACCOUNTS
from goldenpath.targets.accounts import Account
from goldenpath.targets.dialect import Carrier
from goldenpath.targets.platform import Platform
from goldenpath.targets.reachable import ReachablePlatform
from goldenpath.targets.target import Target, load_target

DEFAULT_TARGET = "embedded"
_LEAVE_WITHIN_S = 60.0


class World:
    """One target and its clients; all of it is made at first use."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.users: list[User] = []
        self.handles: list[Run | Connecting] = []
        self.prepared: list[Prepared] = []
        self.waived: dict[str, str] = {}
        self.platform_started = False
        self.options = PlatformOptions()

    @cached_property
    def target(self) -> Target:
        """The platform under test, named by the variable ``TARGET``."""
        return load_target(_variable("TARGET", DEFAULT_TARGET))

    @property
    def platform(self) -> Platform:
        """The running platform; its first use starts it, or waits until it can be reached."""
        if not self.platform_started and self.target:
            self.platform_started = True
            self.recorder.reading = self.target.dialect.reading
            end_with_pabot()
        if self.target.addresses is not None:
            if isinstance(self._reached, TargetError):
                raise self._reached
            return self._reached
        return embedded_platform(replace(self.options, edge=self.target.edge, defects=self.defects))

    @cached_property
    def defects(self) -> tuple[str, ...]:
        """The known defects that the platform is started with, from ``DEFECTS``; a wrong one ends the run."""
        return wanted_defects(_variable("DEFECTS", ""), own_platform=self.target.addresses is None)

    def start_with(self, options: PlatformOptions) -> None:
        """Use a platform that is started in another way from now on.

        Args:
            options: How; one that was started so before is used again.
        """
        self.options = options
        for client in ("auth", "backend", "postgres", "cache", "llm"):
            self.__dict__.pop(client, None)

    @cached_property
    def _reached(self) -> ReachablePlatform | TargetError:
        """The platform, or why it cannot be reached: nobody waits for it a second time."""
        addresses = self.target.addresses
        assert addresses is not None  # noqa: S101 - `platform` has looked
        try:
            return runtime.run(ReachablePlatform.reach(self.target, addresses))
        except TargetError as error:
            return error

    @cached_property
    def clock(self) -> ClockOffset | None:
        """How the platform's clock stands against ours; ``None`` while nobody knows: it may run elsewhere."""
        return SAME_MACHINE if self.target.addresses is None else None

    @cached_property
    def ledger(self) -> Ledger:
        """What keywords have measured so far, limit by limit."""
        return Ledger(foreign=self.target.kind != "embedded")

    def keep_limit(self, limit_id: str, seconds: float, what: str) -> None:
        """Note a time that was measured, and hold it against its limit.

        Args:
            limit_id: The limit, with or without the prefix ``limit-``.
            seconds: The time.
            what: What took it, as the failure will name it.

        Raises:
            PromiseBroken: It is beyond the limit; inside the floor of a foreign platform it is a warning in the log.
        """
        if degraded := self.ledger.keep(limit_id, seconds, what):
            logger.warn(degraded)

    @property
    def ca_file(self) -> Path | None:
        """The authority that has signed the platform's certificates, where it has one of its own."""
        return self.target.addresses.ca_file if self.target.addresses else None

    @cached_property
    def auth(self) -> AuthClient:
        """The client of the auth service."""
        return AuthClient(self.platform.auth_url, self.recorder, dialect=self.target.dialect, ca_file=self.ca_file)

    @cached_property
    def backend(self) -> BackendClient:
        """The client of the backend's REST interface."""
        return BackendClient(
            self.platform.backend_urls[0], self.recorder, dialect=self.target.dialect, ca_file=self.ca_file
        )

    @cached_property
    def postgres(self) -> PostgresClient:
        """PostgreSQL as the oracle reads it, and as set-up writes usage data into it."""
        return PostgresClient(self.platform.postgres_url)

    @cached_property
    def cache(self) -> CacheClient:
        """Redis or Valkey as the oracle reads it."""
        return CacheClient(self.platform.redis_url, self.platform.redis_prefix)

    @cached_property
    def llm(self) -> LlmControl:
        """The mocked language model's control; a user's canary is the marker of their conversations."""
        return LlmControl(self.platform.llm_url, self.platform.llm_token)

    async def open_socket(
        self, user: User, channel: Channel, carrier: Carrier, within_s: float = 10, url: str | None = None
    ) -> ChatSocket:
        """Open a socket in the platform's dialect.

        Args:
            user: Whose token it carries.
            channel: Takes its frames.
            carrier: How the token travels.
            within_s: Seconds until the handshake must be done.
            url: Where to; ``None``: the first instance.

        Returns:
            The open socket.

        Raises:
            HandshakeRefused: The platform has refused it.
        """
        return await ChatSocket.open(
            url or self.platform.ws_urls[0],
            user.token(),
            channel=channel,
            carrier=carrier,
            within_s=within_s,
            dialect=self.target.dialect,
            ca_file=self.ca_file,
        )

    def invent_user(self, name: str, account: Account | None = None) -> User:
        """Make up a user of the running test.

        Args:
            name: How the test calls them.
            account: An account that they have already.

        Returns:
            The user; without an account the platform does not know them yet.
        """
        user = User.invent(name, account)
        self.recorder.people.add(name, (user.canary, user.email), (user.email, str(user.password.value)))
        self.users.append(user)
        return user

    @cached_property
    def seed(self) -> int:
        """The number that the data of all tests is made from: the variable ``SEED``, else a new one a process."""
        try:
            given = BuiltIn().get_variable_value("${SEED}")
        except RobotNotRunningError:
            given = None
        if given is None:
            return secrets.randbelow(10**9)
        if not str(given).isdecimal():
            raise UsageError(f"The variable SEED is '{given}'. Give a number: --variable SEED:123")
        return int(given)

    @property
    def seed_used(self) -> int | None:
        """The seed, where the running test has made data from it."""
        return self.seed if self.recorder.seeds else None

    def unused_account(self) -> Account | None:
        """Give one of the target's accounts that nobody in the running test has yet.

        Returns:
            The account; ``None`` where the target names no accounts, and users register.

        Raises:
            UsageError: All of them are in use.
        """
        accounts = self.target.accounts
        used = {user.email for user in self.users}
        free = next((account for account in accounts if account.email not in used), None)
        if accounts and free is None:
            raise UsageError(
                f"This test needs more than the {len(accounts)} account(s) that {ACCOUNTS} names. Add some."
            )
        return free

    def never_awaited(self) -> list[str]:
        """Tell what the test has started or prepared and then forgotten.

        Returns:
            One phrase for each.
        """
        forgotten = [f"{handle} was started and never awaited" for handle in self.handles if not handle.awaited]
        return forgotten + [f"{action} was never released" for action in self.prepared if not action.released]

    def close_sockets(self) -> None:
        """Close the sockets that the test left open."""
        open_sockets = [user.socket for user in self.users if user.socket and user.socket.channel.closed is None]
        for socket in open_sockets:
            runtime.run(socket.close(), timeout_s=15)

    def end_test(self) -> None:
        """Close what the test left open, leave a foreign platform as it was, and forget the users and what they did."""
        try:
            self.close_sockets()
            self._leave()
        finally:
            self.users.clear()
            self.handles.clear()
            self.prepared.clear()
            self.waived.clear()
            self.recorder.clear()

    def _leave(self) -> None:
        if not self.users or self.target.addresses is None:
            return
        left = runtime.run(
            leave(
                self.auth, self.backend, self.users, list(self.recorder.exchanges), self.target.offers("delete_threads")
            ),
            timeout_s=_LEAVE_WITHIN_S,
        )
        told = "".join(f"\n- {one}" for one in left)
        logger.info(
            f"What this test has made on {self.target.name} is removed." + (f" It leaves behind:{told}" if left else "")
        )


def _variable(name: str, default: str) -> str:
    try:
        return str(BuiltIn().get_variable_value(f"${{{name}}}", default))
    except RobotNotRunningError:
        return default


_world: World | None = None


def world() -> World:
    """Give the world of this process.

    Returns:
        Always the same one.
    """
    global _world  # noqa: PLW0603 - one a process is the point
    if _world is None:
        _world = World()
    return _world
