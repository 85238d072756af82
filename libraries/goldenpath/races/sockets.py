"""Connecting in a race: what came of it, in the three ways in which it may end, and everything else as a finding."""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from goldenpath.checks import Check
from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.chat import ChatSocket, HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.limits import limit
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.races.promises import SUBPROTOCOL
from goldenpath.targets.dialect import CONTRACT, Carrier
from goldenpath.tokens.promises import ONE_VERDICT
from goldenpath.world import world

UNAUTHENTICATED = 401
UNAVAILABLE = 503
OVERLOADED = 1013
# The contract's second spelling of its path.
OTHER_PATH = "/v1/ws"


@dataclass(frozen=True, slots=True)
class Later:
    """A clean refusal: come again.

    Args:
        told: What was said.
        there: Whether anybody was there to say it; nobody listens yet while a process begins.
    """

    told: str
    there: bool = True


def places(instance: int = 0) -> list[str]:
    """List the addresses of an instance's sockets.

    Args:
        instance: Which one, from 0.

    Returns:
        Each spelling of the path that the platform promises.
    """
    url = world().platform.ws_urls[instance]
    return [url, url.removesuffix("/ws") + OTHER_PATH] if world().target.dialect is CONTRACT else [url]


def carriers() -> tuple[Carrier, ...]:
    """List the ways of a token."""
    return world().target.dialect.upgrade.carriers


def new_run(user: User, question: str, channel_of: ChatSocket | None = None, thread_id: str | None = None) -> Run:
    """Make the handle of a question, for a socket that is open or will be.

    Args:
        user: Who asks.
        question: What; the user's mark is added.
        channel_of: The socket; ``None``: it is set when it is open.
        thread_id: In which thread.

    Returns:
        The run.
    """
    channel = channel_of.channel if channel_of else world().recorder.channel(user.name, "race")
    text = f"{question} {LlmControl.marker_text(user.canary)}"
    run = Run(user, text, f"gp-{uuid.uuid4()}", channel, world().target.dialect, thread_id)
    user.runs.append(run)
    return run


def frame_of(run: Run) -> Mapping[str, Any]:
    """Write a question as the platform wants it."""
    return run.dialect.questions.frame(run.question, run.thread_id, run.client_message_id, run.form)


async def ask(run: Run, socket: ChatSocket) -> None:
    """Ask on an open socket.

    Args:
        run: The question, made for it.
        socket: The socket.
    """
    run.sent_ns = (await socket.send(frame_of(run))).at_ns


async def connect(
    user: User, *, carrier: Carrier = "header", url: str | None = None, run: Run | None = None
) -> ChatSocket:
    """Open a socket, and send a question in the instant in which it is open.

    Args:
        user: Whose.
        carrier: How the token travels.
        url: Where to; ``None``: the usual address.
        run: The question; ``None``: there is none.

    Returns:
        The socket, whose greeting may not have come yet.

    Raises:
        HandshakeRefused: It was refused.
        NoAnswer: Nobody answered.
        PromiseBroken: It was answered with something else.
    """
    if run is not None and run.channel.frames:  # it was refused after the upgrade, in a frame
        run.channel = world().recorder.channel(user.name, "race")
    channel = run.channel if run else world().recorder.channel(user.name, "race")
    socket = await ChatSocket.open(
        url or places()[0],
        user.token(),
        channel=channel,
        carrier=carrier,
        within_s=2 * limit("websocket_connect").max_s,
        at_once=frame_of(run) if run else None,
        dialect=world().target.dialect,
        ca_file=world().ca_file,
    )
    user.channels.append(channel)
    user.socket = socket
    if run is not None:
        run.sent_ns = next((frame.at_ns for frame in channel.frames if frame.direction == "out"), 0)
    return socket


async def greeted(socket: ChatSocket, broken: Check) -> Frame:
    """Wait for the greeting.

    Args:
        socket: The socket.
        broken: The promise that is broken when it does not come.

    Returns:
        The greeting.

    Raises:
        PromiseBroken: It does not come, or something else comes first.
    """
    try:
        frame = await socket.channel.wait_for(lambda _: True, limit("websocket_connect").max_s, "the greeting")
    except PromiseBroken as error:
        raise broken.broken(f"it is open and not greeted: {error}") from None
    if frame.type != "connection_established":
        raise broken.broken(f"the first frame on {socket.channel} is {frame.type}, not connection_established.")
    return frame


async def come_in(
    user: User, broken: Check, *, carrier: Carrier = "header", url: str | None = None, run: Run | None = None
) -> ChatSocket | Later:
    """Try to connect while the platform may not be there yet.

    Args:
        user: Who.
        broken: The promise that is broken by anything but a working connection and a clean refusal.
        carrier: How the token travels.
        url: Where to.
        run: A question to ask in the instant in which the socket is open.

    Returns:
        The greeted socket, or a clean refusal.

    Raises:
        PromiseBroken: It ended otherwise.
    """
    try:
        socket = await connect(user, carrier=carrier, url=url, run=run)
    except HandshakeRefused as refusal:
        says_when = world().target.dialect.upgrade.refused_by == "frame" or says_when_to_come_again(refusal.headers)
        if refusal.status == UNAVAILABLE and says_when:
            return Later(str(refusal))
        if refusal.status == UNAUTHENTICATED:
            raise ONE_VERDICT.broken(f"{user}'s token is good, and the upgrade by {carrier} says: {refusal}") from None
        raise broken.broken(f"{user}: {refusal} (Retry-After: {'told' if says_when else 'not told'})") from None
    except NoAnswer as silence:
        if isinstance(silence.__context__, ConnectionRefusedError):
            return Later(str(silence), there=False)
        raise broken.broken(f"{user}: {silence}") from None
    except PromiseBroken as nonsense:
        about = SUBPROTOCOL if "NegotiationError" in str(nonsense) else broken
        raise about.broken(f"{user} by {carrier}: {nonsense}") from None
    selected = world().target.dialect.upgrade.subprotocol if carrier == "subprotocol" else None
    if socket.subprotocol != selected:
        raise SUBPROTOCOL.broken(f"{user} by {carrier} was answered with {socket.subprotocol}, promised is {selected}.")
    closed = socket.channel.closed
    if closed is not None and closed.code == OVERLOADED:
        return Later(str(closed))
    await greeted(socket, broken)
    return socket


def says_when_to_come_again(headers: Mapping[str, str]) -> bool:
    """Tell whether a refusal says when to come again.

    Args:
        headers: Of the refusal; names in any case.

    Returns:
        Whether it does.
    """
    return any(name.lower() == "retry-after" and value.isdigit() for name, value in headers.items())


async def close_all(sockets: list[ChatSocket]) -> None:
    """Close sockets, those that are closed already too.

    Args:
        sockets: The sockets.
    """
    with suppress(PromiseBroken):
        await asyncio.gather(*(socket.close() for socket in sockets))
