"""Every door at which a token is shown, and what each says to it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from goldenpath.clients.chat import ChatSocket, HandshakeRefused, token_offer
from goldenpath.clients.http import Reply
from goldenpath.errors import PromiseBroken
from goldenpath.handles import User
from goldenpath.history.frame import Frame
from goldenpath.history.recorder import Channel
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.targets.dialect import CONTRACT
from goldenpath.world import World

_GREETED_WITHIN_S = 5.0
_LET_IN = 101
_REFUSED = 401
_FIRST_ERROR = 400
# what the authority says, in the words of the doors
_CODES_OF_REASONS = {"expired": "TOKEN_EXPIRED", "not_accepted": "UNAUTHENTICATED"}
_REASON_ELSE = "SESSION_REVOKED"


@dataclass(frozen=True, slots=True)
class Said:
    """What a door says to a token.

    Args:
        door: The door.
        status: The HTTP status of its answer.
        code: Of its error.
        user_id: Whom it took the token for, where it tells.
        session_id: Which session it took it for, where it tells.
        permissions: What it says that the token allows, where it tells.
        started_ns: `time.monotonic_ns` before the request.
        ended_ns: `time.monotonic_ns` after the answer.
    """

    door: str
    status: int
    code: str = ""
    user_id: str = ""
    session_id: str = ""
    permissions: tuple[str, ...] | None = None
    started_ns: int = 0
    ended_ns: int = 0

    def __str__(self) -> str:
        return f"{self.door} {self.status}{' ' if self.code else ''}{self.code}"

    @property
    def good(self) -> bool:
        """Whether the token was let in."""
        return self.status < _FIRST_ERROR

    @property
    def refused(self) -> bool:
        """Whether the token was refused, and not for another reason."""
        return self.status == _REFUSED


Door = Callable[[str | None], Awaitable[Said]]


async def service_token(here: World) -> str | None:
    """Get a token by which a service may ask about users' tokens.

    Args:
        here: The world.

    Returns:
        The token; ``None`` where this run does not know the service's secret, or the platform has no such token.
    """
    platform = here.platform
    if not isinstance(platform, EmbeddedPlatform) or not here.target.offers("service_tokens"):
        return None
    return str((await here.auth.service_token("backend", platform.service_secret)).expect(200).body["access_token"])


class Doors:
    """The doors of a platform, as one user's tokens are shown at them.

    Args:
        here: The world.
        user: Who stands before them: bad tokens are theirs too.
        service: By which the authority is asked, from `service_token`; ``None`` leaves that door out.
        thread_id: A thread of the user's; a run that is begun with a bad token would be begun there.
    """

    def __init__(self, here: World, user: User, service: str | None = None, thread_id: str | None = None) -> None:
        self._here = here
        self._user = user
        self._service = service
        self._thread_id = thread_id

    def backend(self) -> dict[str, Door]:
        """List REST and the socket in its usual form."""
        return {"REST": self._rest, "socket": self._by_header}

    def usual(self) -> dict[str, Door]:
        """List one door of each kind: auth service, REST, socket, and the authority where it can be asked."""
        authority = {"validate": self._validate} if self._service else {}
        return {"auth service": self._me, **authority, **self.backend()}

    def every(self) -> dict[str, Door]:
        """List all doors: the usual ones, the begin of a run, and the socket by each carrier in each spelling."""
        dialect = self._here.target.dialect
        doors = self.usual()
        if self._thread_id and self._here.target.offers("ask_over_rest"):
            doors["agent run"] = self._ask
        if "subprotocol" in dialect.upgrade.carriers:
            name = dialect.upgrade.subprotocol
            doors["socket, name before token"] = self._by_offers(lambda token: [name, token])
            doors["socket, token before name"] = self._by_offers(lambda token: [token, name])
            doors["socket, token alone"] = self._by_offers(lambda token: [token])
        if dialect is CONTRACT:
            doors["socket /v1/ws"] = self._by_second_path
        return doors

    async def _me(self, token: str | None) -> Said:
        reply = await self._here.auth.speak("me", token=token)
        body = reply.body if reply.status < _FIRST_ERROR else {}
        permissions = body.get("permissions")
        return _said("auth service", reply, body, tuple(sorted(permissions)) if permissions is not None else None)

    async def _validate(self, token: str | None) -> Said:
        reply = await self._here.auth.validate(str(self._service), token or "")
        body = reply.expect(200).body
        if body["valid"]:
            return _said("validate", reply, body, tuple(sorted(body["permissions"])))
        code = _CODES_OF_REASONS.get(body["reason"], _REASON_ELSE)
        return Said("validate", _REFUSED, code, started_ns=reply.started_ns, ended_ns=reply.ended_ns)

    async def _rest(self, token: str | None) -> Said:
        return _said("REST", await self._here.backend.speak("threads", token=token), {})

    async def _ask(self, token: str | None) -> Said:
        question = {"content": "Who lets this in?", "client_message_id": f"gp-{uuid.uuid4()}"}
        good = token == self._user.token()
        # nobody has to wait for the answer to a good user's question: there is no such thread
        thread_id = str(uuid.uuid4()) if good else str(self._thread_id)
        reply = await self._here.backend.speak("ask", token=token, body=question, thread_id=thread_id)
        said = _said("agent run", reply, {})
        return Said("agent run", 200) if good and said.code == "NOT_FOUND" else said

    async def _by_header(self, token: str | None) -> Said:
        return await self._open("socket", token)

    async def _by_second_path(self, token: str | None) -> Said:
        return await self._open("socket /v1/ws", token, path="/v1/ws")

    def _by_offers(self, offers: Callable[[str], Sequence[str]]) -> Door:
        upgrade = self._here.target.dialect.upgrade

        async def door(token: str | None) -> Said:
            offered = [upgrade.subprotocol] if token is None else offers(token_offer(token, upgrade))
            spelt = ", ".join("token" if offer.startswith(upgrade.token_prefix) else offer for offer in offered)
            return await self._open(f"socket ({spelt})", token, offered)

        return door

    async def _open(self, door: str, token: str | None, offers: Sequence[str] | None = None, path: str = "") -> Said:
        here = self._here
        url = here.platform.ws_urls[0]
        channel = here.recorder.channel(self._user.name, f"{door} {uuid.uuid4().hex[:6]}")
        started_ns = channel.asked_ns
        try:
            socket = await ChatSocket.open(
                url.removesuffix(here.target.dialect.upgrade.path) + path if path else url,
                token,
                channel=channel,
                carrier="subprotocol" if offers is not None else "header",
                offers=offers,
                dialect=here.target.dialect,
                ca_file=here.ca_file,
            )
        except HandshakeRefused as refusal:
            return _answered(door, refusal.status, refusal.body, started_ns)
        try:
            return _greeted(door, await self._greeting(channel), started_ns)
        finally:
            await socket.close()

    async def _greeting(self, channel: Channel) -> Frame | int:
        """Give the first frame, or the code with which the socket was closed without one."""
        try:
            return await channel.wait_for(lambda _: True, _GREETED_WITHIN_S, f"greeting on {channel}")
        except PromiseBroken:
            if channel.closed is None:
                raise
            return channel.closed.code


async def ask_all(doors: dict[str, Door], token: str | None) -> list[Said]:
    """Show a token at doors, at all of them at the same time.

    Args:
        doors: The doors.
        token: The token; ``None`` shows none.

    Returns:
        What each says.
    """
    return list(await asyncio.gather(*(door(token) for door in doors.values())))


def _said(door: str, reply: Reply, body: Any, permissions: tuple[str, ...] | None = None) -> Said:
    error = reply.body.get("error") if isinstance(reply.body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    user_id = str(body.get("user_id") or body.get("id") or "")
    session_id = str(body.get("session_id") or "")
    return Said(door, reply.status, code, user_id, session_id, permissions, reply.started_ns, reply.ended_ns)


def _answered(door: str, status: int, body: Any, started_ns: int) -> Said:
    error = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    return Said(door, status, code, started_ns=started_ns, ended_ns=started_ns)


def _greeted(door: str, greeting: Frame | int, started_ns: int) -> Said:
    if isinstance(greeting, int):
        return Said(door, greeting, "closed without a greeting", started_ns=started_ns, ended_ns=started_ns)
    user_id = str(greeting.body.get("user_id") or "")
    session_id = str(greeting.data.get("session_id") or "")
    return Said(door, _LET_IN, "", user_id, session_id, None, started_ns, greeting.at_ns)
