"""``/ws``: from the upgrade request to an open connection."""

from starlette.websockets import WebSocket

from sut.backend.client_frames import LONGEST_CLIENT_ID, LONGEST_REF
from sut.backend.connection import Connection
from sut.backend.identity import require, selected_subprotocol, socket_token
from sut.backend.outbox import MOST_FRAMES
from sut.backend.parts import Parts, parts_of
from sut.backend.scheduler import AT_ONCE_PER_USER, WAITING_PER_USER
from sut.common.server import SocketOptions

SOCKETS = SocketOptions()


async def upgrade(websocket: WebSocket) -> None:
    """Check who wants to connect, greet them, and keep the connection until its end.

    Args:
        websocket: The upgrade.

    Raises:
        PlatformError: The upgrade is refused.
    """
    parts = parts_of(websocket.app)
    offered = websocket.scope["subprotocols"]
    identity = await parts.token_check(socket_token(websocket.headers, offered))
    require(identity, "chat")
    connection = Connection(
        websocket,
        identity,
        parts.handlers.route,
        presence=parts.presence,
        clock=parts.clock,
        heartbeat_s=parts.settings.heartbeat_s,
    )
    _greet(connection, parts)
    # Known from now on: a session that is ended before the handshake is through gets no open socket.
    parts.hub.add(connection)
    try:
        await websocket.accept(selected_subprotocol(offered))
        await connection.serve()
    except OSError:
        pass  # the client left before the handshake was through
    finally:
        parts.hub.remove(connection)


def _greet(connection: Connection, parts: Parts) -> None:
    connection.say(
        "connection_established",
        {
            "connection_id": str(connection.id),
            "session_id": str(connection.identity.session_id),
            "heartbeat_s": parts.settings.heartbeat_s,
            "limits": {
                "message_bytes": SOCKETS.max_message_bytes,
                "frames_waiting": MOST_FRAMES,
                "ref_characters": LONGEST_REF,
                "client_message_id_characters": LONGEST_CLIENT_ID,
                "runs_at_once": AT_ONCE_PER_USER,
                "runs_waiting": WAITING_PER_USER,
            },
        },
    )
