"""Which sockets are open on this instance, and how a frame reaches all sockets of a user."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

from sut.common.identity import Identity
from sut.store.run_events import Event


class Socket(Protocol):
    """What the hub needs of an open connection."""

    @property
    def identity(self) -> Identity:
        """Who is connected."""

    def deliver(self, event: Event, **added: object) -> None:
        """Send a stored frame on this socket."""

    def close(self, code: int, reason: str) -> None:
        """Close this socket."""


class Hub:
    """The open sockets of this instance, by user."""

    def __init__(self) -> None:
        self._sockets: defaultdict[UUID, list[Socket]] = defaultdict(list)
        self._askers: dict[UUID, tuple[Socket, str]] = {}

    def __iter__(self) -> Iterator[Socket]:
        return iter([socket for sockets in self._sockets.values() for socket in sockets])

    def __len__(self) -> int:
        return sum(len(sockets) for sockets in self._sockets.values())

    def has(self, user_id: UUID) -> bool:
        """See whether a user has a socket here.

        Args:
            user_id: The user.

        Returns:
            Whether they have.
        """
        return user_id in self._sockets

    def add(self, socket: Socket) -> None:
        """Let a socket get its user's frames from now on.

        Args:
            socket: A socket that was greeted.
        """
        self._sockets[socket.identity.user_id].append(socket)

    def remove(self, socket: Socket) -> None:
        """Forget a socket.

        Args:
            socket: A socket that was added.
        """
        sockets = self._sockets[socket.identity.user_id]
        sockets.remove(socket)
        if not sockets:
            del self._sockets[socket.identity.user_id]

    def asked(self, run_id: UUID, asker: Socket, ref: str) -> None:
        """Note whom the ``message_ack`` of a run answers, however it gets here.

        Args:
            run_id: The run.
            asker: The socket that asked.
            ref: The asker's own mark, which goes into its copy only.
        """
        self._askers[run_id] = (asker, ref)

    def answered(self, run_id: UUID) -> None:
        """Forget who asked.

        Args:
            run_id: A run that was acknowledged, or never came to be.
        """
        self._askers.pop(run_id, None)

    def publish(self, event: Event) -> None:
        """Hand a stored frame to every socket of its user, whatever session they belong to.

        Args:
            event: The frame.
        """
        asker, ref = None, None
        if event.type == "message_ack":
            asker, ref = self._askers.pop(event.run_id, (None, None))
        for socket in list(self._sockets.get(event.user_id, ())):
            if socket is asker and ref is not None:
                socket.deliver(event, ref=ref)
            else:
                socket.deliver(event)

    def close_session(self, session_id: UUID) -> None:
        """Close a session's sockets, because it may no longer use them.

        Args:
            session_id: The session that was ended.
        """
        for socket in self:
            if socket.identity.session_id == session_id:
                socket.close(1008, "session ended")
