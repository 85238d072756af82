"""``/ws``: from the upgrade request to an open connection."""

from starlette.websockets import WebSocket

from sut.backend.client_frames import LONGEST_CLIENT_ID, LONGEST_REF
from sut.backend.connection import Connection
from sut.backend.frames import MOST_BYTES
from sut.backend.identity import require, selected_subprotocol, socket_token
from sut.backend.outbox import MOST_FRAMES
from sut.backend.parts import Parts, parts_of
from sut.backend.refusals import refusals_written
from sut.backend.scheduler import AT_ONCE_PER_USER, WAITING_PER_USER
from sut.common.origins import check_origin
from sut.common.server import SocketOptions
from sut.common.web import require_ready

# A peer that is dead is found in less than two heartbeats: one until it is asked, one until it should have answered.
PING_HEARTBEATS = 0.9
# however short the heartbeat, a peer that lives has this long to answer
ANSWER_AT_LEAST_WITHIN_S = 1.0


def socket_options(heartbeat_s: float) -> SocketOptions:
    """Say how sockets are served.

    Args:
        heartbeat_s: Seconds between two heartbeats.

    Returns:
        The options, for `sut.common.server.serve`.
    """
    return SocketOptions(
        ping_interval_s=PING_HEARTBEATS * heartbeat_s,
        ping_timeout_s=max(PING_HEARTBEATS * heartbeat_s, ANSWER_AT_LEAST_WITHIN_S),
    )


async def upgrade(websocket: WebSocket) -> None:
    """Check who wants to connect, greet them, and keep the connection until its end.

    Args:
        websocket: The upgrade.

    Raises:
        PlatformError: The upgrade is refused.
    """
    parts = parts_of(websocket.app)
    check_origin(websocket.headers, parts.settings.service.allowed_origins)
    offered = websocket.scope["subprotocols"]
    identity = await parts.token_check(socket_token(websocket.headers, offered))
    async with refusals_written(parts.db, identity, websocket.url.path):
        require(identity, "chat")
    await parts.upgrades.note(identity.user_id)
    connection = Connection(
        websocket,
        identity,
        parts.handlers.route,
        presence=parts.presence,
        clock=parts.clock,
        heartbeat_s=parts.settings.heartbeat_s,
        sent=parts.frames_sent,
    )
    _greet(connection, parts)
    await parts.feed.follow(identity.user_id)
    await parts.presence.take_slot(identity, connection.id)
    # Known from now on: a session that is ended before the handshake is through gets no open socket.
    parts.hub.add(connection)
    try:
        require_ready(websocket.app)  # the stop may have begun since the gate was passed
        await websocket.accept(selected_subprotocol(offered))
        await connection.serve()
    except OSError:
        pass  # the client left before the handshake was through
    finally:
        parts.hub.remove(connection)
        await parts.presence.remove(identity, connection.id)


def _greet(connection: Connection, parts: Parts) -> None:
    settings = parts.settings
    connection.say(
        "connection_established",
        {
            "connection_id": str(connection.id),
            "session_id": str(connection.identity.session_id),
            "heartbeat_s": settings.heartbeat_s,
            "limits": {
                "message_bytes": SocketOptions().max_message_bytes,
                "frame_bytes": MOST_BYTES,
                "frames_waiting": MOST_FRAMES,
                "sockets": settings.sockets_per_user,
                "upgrades_per_minute": settings.upgrades_per_minute,
                "rate_burst": settings.rate_burst,
                "rate_per_s": settings.rate_per_s,
                "ref_characters": LONGEST_REF,
                "client_message_id_characters": LONGEST_CLIENT_ID,
                "runs_at_once": AT_ONCE_PER_USER,
                "runs_waiting": WAITING_PER_USER,
            },
        },
        urgent=True,  # a pong that is asked for early must not come before it
    )
