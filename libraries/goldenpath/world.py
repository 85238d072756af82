"""What the keywords of one robot process share: target, platform, clients, and what the running test made."""

from functools import cached_property

from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from goldenpath import runtime
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.cache import CacheClient
from goldenpath.clients.postgres import PostgresClient
from goldenpath.handles import Connecting, Prepared, Run, User
from goldenpath.history.recorder import Recorder
from goldenpath.orphan import end_with_pabot
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions, embedded_platform
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.targets.target import Target, load_target

DEFAULT_TARGET = "embedded"


class World:
    """One target and its clients; all of it is made at first use."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.users: list[User] = []
        self.handles: list[Run | Connecting] = []
        self.prepared: list[Prepared] = []
        self.platform_started = False

    @cached_property
    def target(self) -> Target:
        """The platform under test, named by the variable ``TARGET``."""
        try:
            name = str(BuiltIn().get_variable_value("${TARGET}", DEFAULT_TARGET))
        except RobotNotRunningError:
            name = DEFAULT_TARGET
        return load_target(name)

    @property
    def platform(self) -> EmbeddedPlatform:
        """The running platform; its first use starts it."""
        if not self.platform_started and self.target:
            self.platform_started = True
            end_with_pabot()
        return embedded_platform(PlatformOptions())

    @cached_property
    def auth(self) -> AuthClient:
        """The client of the auth service."""
        return AuthClient(self.platform.auth_url)

    @cached_property
    def backend(self) -> BackendClient:
        """The client of the backend's REST interface."""
        return BackendClient(self.platform.backend_urls[0])

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

    def invent_user(self, name: str) -> User:
        """Make up a user of the running test.

        Args:
            name: How the test calls them.

        Returns:
            The user; the platform does not know them yet.
        """
        user = User.invent(name)
        self.users.append(user)
        return user

    def never_awaited(self) -> list[str]:
        """Tell what the test has started or prepared and then forgotten.

        Returns:
            One phrase for each.
        """
        forgotten = [f"{handle} was started and never awaited" for handle in self.handles if not handle.awaited]
        return forgotten + [f"{action} was never released" for action in self.prepared if not action.released]

    def end_test(self) -> None:
        """Close the sockets that the test left open and forget its users."""
        open_sockets = [user.socket for user in self.users if user.socket and user.socket.channel.closed is None]
        for socket in open_sockets:
            runtime.run(socket.close(), timeout_s=15)
        self.users.clear()
        self.handles.clear()
        self.prepared.clear()
        self.recorder.clear()


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
