"""A user's WebSocket: frames are stamped as they are received and recorded in a channel, whoever waits for them."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.protocol import Event, State
from websockets.typing import Origin, Subprotocol

from goldenpath.clients.answers import NoAnswer, parsed, told
from goldenpath.clients.http import bearer
from goldenpath.clients.recording import Recording
from goldenpath.clients.secure import trust
from goldenpath.errors import PromiseBroken
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel, Close, HistoryFullError
from goldenpath.targets.dialect import CONTRACT, Carrier, Dialect, Upgrade

# The platform promises at most 1 MiB a frame; a bigger one has to arrive, so that a check can see it.
LARGEST_FRAME = 2 * 1024 * 1024
_CLOSE_WITHIN_S = 5.0
_NO_CLOSE_FRAME = 1006


class HandshakeRefused(PromiseBroken):
    """The platform answered the upgrade with an HTTP status.

    Args:
        place: The address that was asked for, without its query.
        status: The HTTP status.
        headers: Of the answer; names in any case.
        body: JSON where it is JSON, else text.
    """

    def __init__(self, place: str, status: int, headers: Mapping[str, str], body: Any) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        super().__init__(f"The upgrade of {place} was refused: {told(status, body)}")


class _Connection(ClientConnection):
    """Tells of the close frame itself: the end of the TCP connection may come much later."""

    first_frame_ns: int | None = None
    close_frame_ns: int | None = None
    on_close_frame: Callable[[], None] | None = None

    def process_event(self, event: Event) -> None:
        super().process_event(event)
        if self.first_frame_ns is None and isinstance(event, WireFrame):
            self.first_frame_ns = time.monotonic_ns()
        if isinstance(event, WireFrame) and event.opcode is Opcode.CLOSE:
            self.close_frame_ns = time.monotonic_ns()
            if self.on_close_frame is not None:
                # Not at once: the reader, woken by the frames before this one, has to record them first.
                self.loop.call_soon(self.on_close_frame)


class _Connect(connect):
    """Takes a redirect as what it is: a refusal."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class ChatSocket:
    """One WebSocket of one user; make it with `open`.

    Attributes:
        channel: Where its frames are recorded, in and out.
        connect_started_ns: `time.monotonic_ns` before the TCP connection.
        opened_ns: `time.monotonic_ns` at the end of the handshake.
        subprotocol: The one that the platform selected.
        dialect: How the platform talks.
    """

    def __init__(
        self, connection: _Connection, channel: Channel, connect_started_ns: int, dialect: Dialect = CONTRACT
    ) -> None:
        self.dialect = dialect
        self.channel = channel
        self.connect_started_ns = connect_started_ns
        self.opened_ns = channel.opened_ns = time.monotonic_ns()
        self.subprotocol: str | None = connection.subprotocol
        self._connection = connection
        self._dropped = False
        self._reader = asyncio.create_task(self._read())
        connection.on_close_frame = self._record_close
        if connection.close_frame_ns is not None:  # it came together with the answer to the handshake
            connection.loop.call_soon(self._record_close)

    @classmethod
    async def open(
        cls,
        url: str,
        token: str | None,
        *,
        channel: Channel,
        carrier: Carrier = "header",
        offers: Sequence[str] | None = None,
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        within_s: float = 10,
        at_once: Mapping[str, Any] | None = None,
        dialect: Dialect = CONTRACT,
        ca_file: Path | None = None,
    ) -> Self:
        """Connect.

        Args:
            url: The platform's socket address, for example ``ws://127.0.0.1:8000/ws``.
            token: The access token; ``None`` sends none.
            channel: A new channel that takes the frames.
            carrier: How the token travels: ``Authorization`` header, subprotocol (the browser's way), or query.
            offers: The subprotocols to offer instead of the usual ones, in this order.
            headers: Further headers of the request.
            origin: Value of the ``Origin`` header; ``None`` sends none.
            within_s: Seconds until the handshake must be done.
            at_once: A frame to send in the instant in which it is done, whatever has or has not arrived by then.
            dialect: How the platform talks.
            ca_file: The authority that has signed its certificate; ``None``: one that this machine knows.

        Returns:
            The open socket; it reads from now on.

        Raises:
            HandshakeRefused: The platform answered with another status than 101, or with a frame that refuses.
            NoAnswer: It could not be reached or did not answer in time.
            PromiseBroken: Its answer is no valid handshake.
        """
        in_header = carrier == "header"
        subprotocols = _subprotocols(token, dialect.upgrade) if carrier == "subprotocol" and token is not None else None
        if offers is not None:
            subprotocols = [Subprotocol(offer) for offer in offers]
        place = url.partition("?")[0]  # a query may hold a token
        if carrier == "query" and token is not None:
            url = f"{url}{'&' if '?' in url else '?'}{dialect.upgrade.query}={quote(token, safe='')}"
        recording = Recording.of_upgrade(channel, url, {**(headers or {}), **({"origin": origin} if origin else {})})
        started_ns = time.monotonic_ns()
        try:
            connection = await _Connect(
                url,
                origin=None if origin is None else Origin(origin),
                subprotocols=subprotocols,
                additional_headers={**(bearer(token) if in_header else {}), **(headers or {})},
                create_connection=_Connection,
                proxy=None,
                ssl=trust(url, ca_file),
                compression=None,
                open_timeout=within_s,
                # No pings of our own: the platform's heartbeat is what is tested, our pings would keep a half-dead link
                # warm, and a client that gives up by itself would hide what the platform does with it.
                ping_interval=None,
                close_timeout=_CLOSE_WITHIN_S,
                max_size=LARGEST_FRAME,
                max_queue=None,
            )
        except asyncio.CancelledError:
            recording.unanswered("given up by the test")
            raise
        except InvalidStatus as refusal:
            answer = refusal.response
            content = bytes(answer.body or b"")
            body = parsed(content, answer.headers)
            recording.answered(answer.status_code, answer.headers, content.decode("utf-8", errors="replace"), body)
            raise HandshakeRefused(place, answer.status_code, answer.headers, body) from None
        except InvalidMessage:
            recording.unanswered("the connection ended before an answer")
            raise NoAnswer(f"The upgrade of {place} got no answer in HTTP: the connection ended before") from None
        except InvalidHandshake as error:
            # Only the kind of the error: its text may quote the subprotocol, which is the token.
            kind = type(error).__name__
            recording.unanswered(f"no valid handshake: {kind}")
            raise PromiseBroken(f"The upgrade of {place} was answered with no valid handshake: {kind}") from None
        except TimeoutError:
            recording.unanswered(f"no answer within {within_s:g} s")
            raise NoAnswer(f"The upgrade of {place} got no answer within {within_s:g} s") from None
        except (OSError, EOFError) as error:
            recording.unanswered(type(error).__name__, never_left=isinstance(error, ConnectionRefusedError))
            raise NoAnswer(f"The upgrade of {place} got no answer: {error or type(error).__name__}") from None
        assert isinstance(connection, _Connection)  # noqa: S101 - create_connection made it
        socket = cls(connection, channel, started_ns, dialect)
        if at_once is not None:
            with suppress(PromiseBroken):  # it is closed already: its frames say why
                await socket.send(at_once)
        if dialect.upgrade.refused_by == "frame":
            await socket._refused_by_frame(place, within_s, recording)
        return socket

    @property
    def first_frame_ns(self) -> int | None:
        """When the platform's first frame came out of the network, read by then or not; ``None`` before."""
        return self._connection.first_frame_ns

    async def _refused_by_frame(self, place: str, within_s: float, recording: Recording) -> None:
        """Take the platform's first frame; an error means that the upgrade is refused, in the dialect's way of it.

        The history keeps a refusal as what it is, an upgrade that was answered with a status, and not as a connection.
        """
        first = await self.channel.wait_for(lambda _: True, within_s, f"first frame from {place}")
        if first.type != "error":
            return
        end = await self.channel.wait_closed(within_s)
        refusal, error = self.dialect.upgrade, first.data.get("error") or {}
        status = refusal.statuses.get(str(error.get("code")))
        if end.code != refusal.refused_with or status is None:
            raise PromiseBroken(f"The upgrade of {place} was refused with {error.get('code')}, and then {end}")
        self.channel.recorder.channels.remove(self.channel)
        recording.answered(status, {}, str(first.raw), {"error": error})
        raise HandshakeRefused(place, status, {}, {"error": error})

    async def send(self, body: Mapping[str, Any]) -> Frame:
        """Send a JSON frame.

        Args:
            body: The frame.

        Returns:
            It as recorded; stamped just before it was handed to the socket.

        Raises:
            PromiseBroken: The socket is closed.
        """
        return await self.send_text(json.dumps(body, ensure_ascii=False))

    async def send_text(self, raw: str | bytes) -> Frame:
        """Send a frame as it is; bytes go as a binary frame.

        Args:
            raw: The frame.

        Returns:
            It as recorded; stamped just before it was handed to the socket.

        Raises:
            PromiseBroken: The socket is closed.
        """
        if self._connection.state is not State.OPEN:
            raise PromiseBroken(f"Nothing can be sent: {self._ended()}")
        frame = self.channel.record("out", raw)
        try:
            await self._connection.send(raw)
        except ConnectionClosed:
            raise PromiseBroken(f"The frame could not be sent: {self._ended()}") from None
        return frame

    async def close(self, code: int = 1000) -> None:
        """Close in the orderly way and wait for the end of the connection; a closed socket stays as it is.

        Args:
            code: The close code to send.
        """
        await self._connection.close(code)
        await asyncio.wait([self._reader])

    async def drop(self) -> None:
        """Cut the TCP connection without a close frame, as a lost network does."""
        self._dropped = self.channel.closed is None
        self._connection.transport.abort()
        await asyncio.wait([self._reader])

    def _ended(self) -> str:
        return f"{self.channel} is {self.channel.closed or 'closing'}"

    async def _read(self) -> None:
        recv, record = self._connection.recv, self.channel.record
        try:
            while True:
                record("in", await recv())
        except ConnectionClosed:
            pass
        except HistoryFullError:  # the channel tells every wait; what cannot be recorded must not be read on
            self._connection.transport.abort()
        finally:
            self._record_close()

    def _record_close(self) -> None:
        self.channel.record_close(self._close())

    def _close(self) -> Close:
        protocol = self._connection.protocol
        received, sent = protocol.close_rcvd, protocol.close_sent
        at_ns = self._connection.close_frame_ns or time.monotonic_ns()
        if received is not None:
            by_client = protocol.close_rcvd_then_sent is False
            code = self.dialect.close_codes.get(received.code, received.code)
            return Close(code, received.reason, at_ns, "client" if by_client else "server")
        if self.channel.failure is not None:
            return Close(_NO_CLOSE_FRAME, str(self.channel.failure), at_ns, "client")
        if self._dropped:
            return Close(_NO_CLOSE_FRAME, "dropped by the test", at_ns, "client")
        if sent is not None:
            return Close(sent.code, f"{sent.reason} (no close frame in answer)".lstrip(), at_ns, "client")
        return Close(_NO_CLOSE_FRAME, "the connection broke without a close frame", at_ns, "network")


def token_offer(token: str, upgrade: Upgrade) -> str:
    """Write a token as a subprotocol, the browser's way.

    Args:
        token: The token.
        upgrade: How the platform opens sockets.

    Returns:
        The name of the subprotocol.
    """
    # A subprotocol's name may not hold "=", so the padding goes.
    return upgrade.token_prefix + base64.urlsafe_b64encode(token.encode()).decode("ascii").rstrip("=")


def _subprotocols(token: str, upgrade: Upgrade) -> list[Subprotocol]:
    return [Subprotocol(upgrade.subprotocol), Subprotocol(token_offer(token, upgrade))]
