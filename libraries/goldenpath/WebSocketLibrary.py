"""Keywords about the WebSocket between a user and the platform."""

from datetime import timedelta
from typing import Literal

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.clients.chat import ChatSocket
from goldenpath.clients.clock import measured_offset
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Connecting, Prepared, User, seconds_since
from goldenpath.history.frame import Frame
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.targets.dialect import Carrier
from goldenpath.world import world

FIVE_AND_MORE = Literal[
    "connection_established",
    "message_ack",
    "agent_started",
    "agent_thinking",
    "tool_executing",
    "tool_completed",
    "agent_completed",
    "agent_error",
    "agent_stopped",
    "error",
    "pong",
    "heartbeat",
    "replay_complete",
]


async def _open(user: User, carrier: Carrier) -> None:
    channel = world().recorder.channel(user.name, f"socket {len(user.channels) + 1}")
    user.channels.append(channel)
    user.socket = await world().open_socket(user, channel, carrier, within_s=2 * _connect_limit_s())
    selected = world().target.dialect.upgrade.subprotocol if carrier == "subprotocol" else None
    if user.socket.subprotocol != selected:
        # A browser closes such a socket at once; our client is patient, so we say it.
        raise PromiseBroken(f"{user} was answered with subprotocol {user.socket.subprotocol}, promised is {selected}.")
    greeting = await channel.wait_for(lambda _: True, 2 * _connect_limit_s(), f"{user}'s greeting")
    _check_greeting(user, user.socket, greeting)
    if world().clock is None:
        world().clock = await measured_offset(user.socket)


def _connect_limit_s() -> float:
    return limit("websocket_connect").max_s


def _check_greeting(user: User, socket: ChatSocket, greeting: Frame) -> None:
    if greeting.type != "connection_established":
        raise PromiseBroken(f"{user}'s first frame is {greeting.type}, not connection_established.")
    if greeting.body.get("user_id") != user.user_id:
        raise PromiseBroken(f"{user} is greeted as user {greeting.body.get('user_id')}, not {user.user_id}.")
    user.session_id = str(greeting.data.get("session_id") or "")
    took = seconds_since(socket.connect_started_ns, greeting.at_ns)
    world().keep_limit("websocket_connect", took, f"{user}'s connect to its greeting")


@keyword_library
class WebSocketLibrary:
    """The WebSocket of a user: connecting, events, closing. Frames are stamped and recorded as they arrive."""

    @keyword
    def connect(self, user: User, carrier: Carrier = "header") -> None:
        """Connect a logged-in user and wait for the platform's greeting.

        Args:
            user: The user.
            carrier: How the token travels: in the Authorization header, or as a subprotocol (the browser's way).

        Raises:
            PromiseBroken: Refused, greeted wrongly, or slower than limit-websocket_connect.
        """
        runtime.run(_open(user, carrier))

    @keyword
    def start_connecting(self, user: User, carrier: Carrier = "header") -> Connecting:
        """Begin to connect a logged-in user and go on at once.

        Args:
            user: The user.
            carrier: How the token travels.

        Returns:
            The connection in the making, for `All Connections Arrive`.
        """
        handle = Connecting(user)
        world().handles.append(handle)
        handle.work = runtime.submit(_open(user, carrier))
        return handle

    @keyword
    def prepare_connecting(self, user: User, carrier: Carrier = "header") -> Prepared:
        """Have a connect ready for `At The Same Time`.

        Args:
            user: The user, logged in.
            carrier: How the token travels.

        Returns:
            The prepared action.
        """
        handle = Connecting(user)

        async def act() -> None:
            world().handles.append(handle)
            handle.work = runtime.submit(_open(user, carrier))

        prepared = Prepared(handle, act)
        world().prepared.append(prepared)
        return prepared

    @keyword
    def all_connections_arrive(self, *connections: Connecting) -> None:
        """Wait until every connection stands and is greeted.

        Args:
            *connections: Handles from `Start Connecting` or `At The Same Time`.

        Raises:
            PromiseBroken: One was refused, greeted wrongly, or slower than limit-websocket_connect.
        """
        for connection in connections:
            connection.awaited = True
        for connection in connections:
            connection.finish()

    @keyword
    def event_arrives(self, user: User, event: FIVE_AND_MORE, within: timedelta = timedelta(seconds=5)) -> Frame:
        """Wait for an event of a type on the user's newest socket, whether it has already come or not.

        Args:
            user: The user.
            event: The event's type.
            within: How long to wait for it.

        Returns:
            The frame.

        Raises:
            PromiseBroken: It did not come; the message lists what did.
        """
        channel = user.connection().channel
        what = f"{event} for {user}"
        return runtime.run(channel.wait_for(lambda frame: frame.type == event, within.total_seconds(), what))

    @keyword
    def socket_is_closed_by_the_platform(self, user: User, code: int) -> None:
        """Wait until the platform closes the user's socket, as it must when the session is over.

        Args:
            user: The user.
            code: The close code that is promised (RFC 6455 section 7.4).

        Raises:
            PromiseBroken: It stayed open beyond limit-socket_close_after_logout, or was closed with another code.
        """
        channel = user.connection().channel
        allowed = limit("socket_close_after_logout")
        close = runtime.run(channel.wait_closed(allowed.max_s, allowed.id))
        if close.code != code or close.by != "server":
            raise PromiseBroken(f"{user}'s socket was closed by the {close.by} with {close.code}, promised is {code}.")
        logger.info(f"The platform closed {user}'s socket with {close.code} ({close.reason}).")

    @keyword
    def disconnect(self, user: User) -> None:
        """Close the user's socket in the orderly way (close code 1000).

        Args:
            user: The user.
        """
        runtime.run(user.connection().close())

    @keyword
    def drop_the_connection(self, user: User) -> None:
        """Cut the user's socket without a word, as a lost network does.

        Args:
            user: The user.
        """
        runtime.run(user.connection().drop())
