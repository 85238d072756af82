"""The ways into the platform: instances, spellings of the path, carriers of the token."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from goldenpath.clients.backend import BackendClient
from goldenpath.clients.chat import ChatSocket
from goldenpath.handles import User
from goldenpath.limits import limit
from goldenpath.routing.checks import HANDLED_ONCE
from goldenpath.targets.dialect import CONTRACT, Carrier
from goldenpath.world import world

# The contract's second spelling of its path.
OTHER_PATH = "/v1/ws"


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to open a socket.

    Args:
        instance: Which backend, from 0.
        path: The socket's path.
        carrier: How the token travels.
    """

    instance: int
    path: str
    carrier: Carrier

    def __str__(self) -> str:
        return f"{self.path} of instance {self.instance + 1} by {self.carrier}"


def entries(instance: int = 0) -> list[Entry]:
    """List every way to open a socket at an instance.

    Args:
        instance: Which backend, from 0.

    Returns:
        Each spelling of the path with each carrier.
    """
    dialect = world().target.dialect
    paths = [dialect.upgrade.path, *([OTHER_PATH] if dialect is CONTRACT else [])]
    return [Entry(instance, path, carrier) for path in paths for carrier in dialect.upgrade.carriers]


def usual(instance: int = 0) -> Entry:
    """Give the usual way to open a socket at an instance.

    Args:
        instance: Which backend, from 0.

    Returns:
        The usual path and carrier.
    """
    return entries(instance)[0]


def patience_s() -> float:
    """Give the seconds within which the platform promises to have taken a message in."""
    return limit("message_processing").max_s


async def open_at(user: User, entry: Entry, *, greeted: bool = True) -> ChatSocket:
    """Open one more socket of a user; their newest one stays the one that other keywords use.

    Args:
        user: The user.
        entry: The way in.
        greeted: Whether to wait for the greeting; without it what is sent next comes at once with the handshake.

    Returns:
        The open socket.

    Raises:
        HandshakeRefused: The platform has refused it.
        PromiseBroken: It was not greeted.
    """
    channel = world().recorder.channel(user.name, f"socket {len(user.channels) + 1}")
    user.channels.append(channel)
    dialect = world().target.dialect
    url = world().platform.ws_urls[entry.instance].removesuffix(dialect.upgrade.path) + entry.path
    socket = await world().open_socket(user, channel, entry.carrier, url=url)
    if greeted:
        await greeting(socket, f"{user} at {entry}")
    return socket


async def greeting(socket: ChatSocket, whose: str) -> None:
    """Wait until a socket is greeted.

    Args:
        socket: The socket.
        whose: Named in the failure.

    Raises:
        PromiseBroken: It was not: whoever connects is answered.
    """
    await socket.channel.wait_for(
        lambda _: True, 2 * limit("websocket_connect").max_s, f"{HANDLED_ONCE.name}: the greeting of {whose}"
    )


@asynccontextmanager
async def sockets(user: User, ways: Sequence[Entry], *, greeted: bool = True) -> AsyncIterator[list[ChatSocket]]:
    """Have further sockets of a user open for a while.

    Args:
        user: The user.
        ways: Where to open them.
        greeted: Whether to wait for their greetings.

    Yields:
        The sockets, in the order of the ways.
    """
    async with AsyncExitStack() as stack:
        opened: list[ChatSocket] = []
        for way in ways:
            socket = await open_at(user, way, greeted=greeted)
            stack.push_async_callback(socket.close)
            opened.append(socket)
        yield opened


def backend_at(instance: int) -> BackendClient:
    """Give a client of one instance's REST interface.

    Args:
        instance: Which backend, from 0.

    Returns:
        The client; close it.
    """
    here = world()
    return BackendClient(
        here.platform.backend_urls[instance], here.recorder, dialect=here.target.dialect, ca_file=here.ca_file
    )
