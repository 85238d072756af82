"""What keywords hand to each other: users, connections, runs. Each prints as a name, never as a secret."""

import json
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from robot.api.types import Secret

from goldenpath.clients.chat import ChatSocket
from goldenpath.errors import UsageError
from goldenpath.history.frame import Frame
from goldenpath.history.isolation.markers import new_marker
from goldenpath.history.recorder import Channel
from goldenpath.history.rules import TERMINALS, RunFrames
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.reporting.redaction import remember_secret
from goldenpath.targets.accounts import Account
from goldenpath.targets.dialect import Dialect


def secret(text: str) -> Secret:
    """Wrap a secret so that no log shows it, and have it blotted out wherever it slips through.

    Args:
        text: A password or a token.

    Returns:
        The wrapped secret.
    """
    remember_secret(text)
    return Secret(text)


@dataclass(eq=False)
class User:
    """A person with an account on the platform under test.

    Args:
        name: How the test calls them.
        email: Made for this test.
        password: Made for this test.
        canary: A random mark that is nobody else's; it stands in the display name and in every question.
        registered: Whether the test has made the account.
        sessions: The newest access token of each of their sessions.
    """

    name: str
    email: str
    password: Secret
    canary: str
    registered: bool = False
    sessions: list[Secret] = field(default_factory=list)
    user_id: str = ""
    tenant_id: str = ""
    access_token: Secret | None = None
    refresh_token: Secret | None = None
    session_id: str = ""
    socket: ChatSocket | None = None
    channels: list[Channel] = field(default_factory=list)
    runs: list["Run"] = field(default_factory=list)

    @classmethod
    def invent(cls, name: str, account: Account | None = None) -> "User":
        """Make up a person whom no platform knows yet.

        Args:
            name: How the test calls them.
            account: An account that they have already.

        Returns:
            The person, with a canary of their own, and without an account with an e-mail address and a password.
        """
        canary = new_marker()
        if account is not None:
            return cls(name, account.email, secret(account.password), canary)
        return cls(
            name, f"{name.lower()}-{secrets.token_hex(6)}@golden-path.test", secret(secrets.token_urlsafe(18)), canary
        )

    def take_tokens(self, body: dict[str, Any], refreshed: bool = False) -> None:
        """Keep the tokens of an answer, and who they say the user is.

        Args:
            body: Of the answer to registration, log-in or refresh.
            refreshed: Whether they belong to the session of the tokens before.
        """
        if refreshed and self.sessions:
            self.sessions.pop()
        self.access_token = secret(body["access_token"])
        self.refresh_token = secret(body["refresh_token"])
        self.sessions.append(self.access_token)
        person = body.get("user") or {}
        self.user_id = str(person.get("id", self.user_id))
        self.tenant_id = str(person.get("tenant_id", self.tenant_id))

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__

    def token(self) -> str:
        """Give the access token in clear, for a client call.

        Returns:
            The newest access token.

        Raises:
            UsageError: The user never logged in.
        """
        if self.access_token is None:
            raise UsageError(f"{self.name} has no token yet. Use `Log In    ${{{self.name.lower()}}}` first.")
        return str(self.access_token.value)

    def refresh_token_text(self) -> str:
        """Give the refresh token in clear, for a client call.

        Returns:
            The newest refresh token.

        Raises:
            UsageError: The user never logged in.
        """
        if self.refresh_token is None:
            raise UsageError(f"{self.name} has no refresh token yet. Use `Log In    ${{{self.name.lower()}}}` first.")
        return str(self.refresh_token.value)

    def connection(self) -> ChatSocket:
        """Give the user's newest socket.

        Returns:
            The socket, open or closed.

        Raises:
            UsageError: The user never connected.
        """
        if self.socket is None:
            raise UsageError(f"{self.name} is not connected. Use `Connect    ${{{self.name.lower()}}}` first.")
        return self.socket


@dataclass(eq=False)
class Run:
    """A question on its way to an answer.

    Args:
        user: Who asked.
        question: What was asked.
        client_message_id: The id under which it was asked.
        channel: The record of the socket it was asked on.
        dialect: How the platform talks.
        form: In which of the dialect's forms it is asked; ``None``: the usual one.
        sent_ns: When it was sent (monotonic nanoseconds).
        awaited: Whether the test has waited for its end.
    """

    user: User
    question: str
    client_message_id: str
    channel: Channel
    dialect: Dialect
    thread_id: str | None = None
    form: str | None = None
    sent_ns: int = 0
    awaited: bool = False
    _acknowledgement: Frame | None = None

    @classmethod
    def of(cls, user: User, question: str, thread_id: str | None, form: str | None = None) -> "Run":
        """Make the handle of a question that is about to be sent on the user's socket.

        Args:
            user: Who asks; connected.
            question: What is asked; the user's canary is added, as the mocked LLM's marker for it.
            thread_id: The thread it belongs to; ``None``: the one the socket used last, else a new one.
            form: In which of the dialect's forms; ``None``: the usual one.

        Returns:
            The handle.
        """
        run = cls(
            user,
            f"{question} {LlmControl.marker_text(user.canary)}",
            f"gp-{uuid.uuid4()}",
            user.connection().channel,
            user.connection().dialect,
            thread_id,
            form,
        )
        user.runs.append(run)
        return run

    def __str__(self) -> str:
        return f"{self.user.name}'s question '{self.question.split(' [')[0]}'"

    __repr__ = __str__

    async def send(self) -> None:
        """Send the question on the user's socket."""
        asked = self.dialect.questions.frame(self.question, self.thread_id, self.client_message_id, self.form)
        frame = await self.user.connection().send(asked)
        self.sent_ns = frame.at_ns

    def acknowledges(self, frame: Frame) -> bool:
        """Tell whether a frame is this question's acknowledgement; without such frames, the first one of its run."""
        if "ack" in self.dialect.not_offered:
            return self._begins(frame)
        return (
            frame.direction == "in"
            and frame.type == "message_ack"
            and frame.data.get("client_message_id") == self.client_message_id
        )

    def _begins(self, frame: Frame) -> bool:
        """Tell whether a frame is of a run that no earlier question of the user has begun."""
        if frame.direction != "in" or frame.run_id is None or not 0 < self.sent_ns <= frame.at_ns:
            return False
        if self.thread_id is not None and frame.thread_id not in (None, self.thread_id):
            return False
        return frame.run_id not in {run.run_id for run in self.user.runs if 0 < run.sent_ns < self.sent_ns}

    def ends(self, frame: Frame) -> bool:
        """Tell whether a frame is the end of this run."""
        return frame.type in TERMINALS and frame.run_id is not None and frame.run_id == self.run_id

    @property
    def acknowledgement(self) -> Frame | None:
        """The frame that acknowledged the question, ``None`` before it came."""
        if self._acknowledgement is None:
            self._acknowledgement = next((frame for frame in self.channel.frames if self.acknowledges(frame)), None)
        return self._acknowledgement

    @property
    def run_id(self) -> str | None:
        """The run's id, from its acknowledgement; ``None`` before that."""
        return self.acknowledgement.run_id if self.acknowledgement else None

    def frames(self) -> RunFrames:
        """Collect the frames of this run from the record of its user's sockets.

        Returns:
            The acknowledgement and everything with the run's id, in the order of receipt.
        """
        received = self.channel.received()
        own = [frame for frame in received if self.run_id and frame.run_id == self.run_id]
        return RunFrames(self.user.user_id, own or [frame for frame in received if self.acknowledges(frame)])

    def result(self) -> dict[str, Any]:
        """Give the answer as the terminal event states it.

        Returns:
            The ``result`` of agent_completed.

        Raises:
            UsageError: No answer has arrived yet.
        """
        for frame in self.frames().of_type("agent_completed"):
            return dict(frame.data.get("result") or {})
        raise UsageError(f"{self} has no answer yet. Use `Answer Arrives In Time` first.")


@dataclass(eq=False)
class Connecting:
    """A connection that is being made; `All Connections Arrive` waits for it."""

    user: User
    work: "Future[None] | None" = None
    awaited: bool = False

    def __str__(self) -> str:
        return f"{self.user.name}'s connection"

    __repr__ = __str__

    def finish(self) -> None:
        """Wait until the connection stands, or has failed.

        Raises:
            PromiseBroken: It failed.
        """
        if self.work is not None:
            self.work.result()


@dataclass(eq=False)
class Prepared:
    """An action that waits for `At The Same Time`.

    Args:
        handle: What the action will have started.
        act: Does it.
    """

    handle: Run | Connecting
    act: Callable[[], Awaitable[None]]
    released: bool = False

    def __str__(self) -> str:
        return f"prepared: {self.handle}"

    __repr__ = __str__


Handle = Run | Connecting


def seconds_since(start_ns: int, at_ns: int | None = None) -> float:
    """Give the time between two monotonic stamps.

    Args:
        start_ns: The earlier stamp, in nanoseconds.
        at_ns: The later one; ``None``: now.

    Returns:
        Seconds.
    """
    return ((time.monotonic_ns() if at_ns is None else at_ns) - start_ns) / 1e9


def as_text(value: Any) -> str:
    """Give a JSON value as one text to search in or to show, non-ASCII characters unescaped."""
    return json.dumps(value, ensure_ascii=False, default=str)
