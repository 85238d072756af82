"""What rules look at: frames, runs, connections and users, in the form that one pass over a history leaves behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from goldenpath.history.exchange import Exchange
from goldenpath.history.frame import Frame
from goldenpath.history.isolation.leaks import Leak
from goldenpath.history.look_ups import LookUp
from goldenpath.history.recorder import Close, Recorder


class Seen:
    """A frame from the platform while it is looked at; what is kept of it must be small.

    Args:
        frame: The frame as recorded.
        body: Its JSON object.

    Attributes:
        kind: Its type; empty without one.
        data: The event's own fields, ``{}`` without any.
        replayed: Whether it says that it comes once more.
        twin: A frame with the same event_id that came before, on any connection.
    """

    __slots__ = ("at_ns", "body", "data", "kind", "raw", "replayed", "run_id", "seq", "thread_id", "twin")

    def __init__(self, frame: Frame, body: dict[str, Any]) -> None:
        self.at_ns = frame.at_ns
        self.raw = frame.raw
        self.body = body
        kind, data, seq = body.get("type"), body.get("data"), body.get("seq")
        self.kind: str = kind if isinstance(kind, str) else ""
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.seq: int | None = seq if isinstance(seq, int) and not isinstance(seq, bool) else None
        self.run_id: str | None = text_of(body, "run_id")
        self.thread_id: str | None = text_of(body, "thread_id")
        self.replayed = self.data.get("replayed") is True
        self.twin: Frame | None = None

    @property
    def trace_id(self) -> str | None:
        """The trace that the frame belongs to."""
        return text_of(self.body, "trace_id")

    @property
    def timestamp(self) -> str:
        """When the frame was made, as the platform writes it; empty if it does not."""
        return text_of(self.body, "timestamp") or ""


def text_of(body: Mapping[str, Any], name: str) -> str | None:
    """Give a field that should be a text.

    Args:
        body: A JSON object.
        name: The field.

    Returns:
        The text; ``None`` when the field is missing, or something else.
    """
    value = body.get(name)
    return value if isinstance(value, str) else None


@dataclass(slots=True)
class Sent:
    """A frame that a user sent."""

    at_ns: int
    kind: str
    readable: bool = True
    size: int = 0
    binary: bool = False
    ref: str | None = None
    client_message_id: str | None = None
    thread_id: str | None = None
    run_id: str | None = None
    after_seq: int | None = None
    content: str | None = None
    traced: bool = False
    answered: bool = False


@dataclass(slots=True)
class Answer:
    """A frame that answers something: an acknowledgement, an error, a pong, the end of a replay."""

    at_ns: int
    kind: str
    ref: str | None = None
    client_message_id: str | None = None
    message_id: str | None = None
    run_id: str | None = None
    thread_id: str | None = None
    seq: int | None = None
    timestamp: str = ""
    trace_id: str | None = None
    replayed: bool = False
    sent: Sent | None = None


@dataclass(slots=True)
class Replay:
    """The answer to one ``resume`` so far: which frames came once more, and what came between them."""

    sent: Sent
    first_ns: int = 0
    next_seq: int = 0
    count: int = 0
    jumps: list[tuple[int | None, int, int]] = field(default_factory=list)  # seq, due, at_ns
    live_between: list[tuple[int | None, int]] = field(default_factory=list)  # seq, at_ns
    last_seq: int | None = None
    ended_ns: int = 0


@dataclass(slots=True)
class Jump:
    """A live frame whose seq is not the next one of its thread."""

    thread_id: str
    seq: int | None
    due: int
    at_ns: int
    trace_id: str | None
    after_replay: bool


@dataclass(slots=True)
class Late:
    """A frame of a run that came after the run's end."""

    kind: str
    at_ns: int
    trace_id: str | None


# Most runs have no late frame: one empty list for all of those.
_NONE_LATE: list[Late] = []


class RunView:
    """One run as one connection showed it live, in the order of receipt.

    Args:
        channel: The connection.
        run_id: The run's id; empty on platforms that have none.

    Attributes:
        frames: Up to the run's end; given away when the rules have seen them.
        whole: Whether it was seen from its start on, without a gap.
        end: Its terminal, kept only when something else tells of the run's end.
        event_ids: Of its frames, kept only when stored frames of the run were looked up.
    """

    __slots__ = (
        "ack_ns",
        "channel",
        "end",
        "end_kind",
        "end_ns",
        "event_ids",
        "first_kind",
        "first_ns",
        "first_stamp",
        "frames",
        "gap",
        "late",
        "request_id",
        "run_id",
        "start_ns",
        "thread_id",
        "trace_id",
    )

    def __init__(self, channel: "ChannelView", run_id: str, first: Seen) -> None:
        self.channel = channel
        self.run_id = run_id
        self.frames: list[Seen] = []
        self.late: list[Late] = _NONE_LATE
        self.first_kind = first.kind
        self.first_ns = first.at_ns
        self.first_stamp = first.timestamp
        self.thread_id = first.thread_id
        self.trace_id = first.trace_id
        self.request_id = text_of(first.body, "request_id")
        self.ack_ns: int | None = None
        self.start_ns: int | None = None
        self.end_ns: int | None = None
        self.end_kind = ""
        self.end: Seen | None = None
        self.event_ids: frozenset[str] = frozenset()
        self.gap = False

    @property
    def whole(self) -> bool:
        """Whether it was seen from its start on, without a gap."""
        return self.start_ns is not None and not self.gap

    @property
    def good(self) -> bool:
        """Whether it was seen from its start to a good end."""
        return self.whole and self.end_kind == "agent_completed" and self.frames[-1].data.get("status") != "failed"

    @property
    def complete(self) -> bool:
        """Whether it was seen to an end without anything missing, and nothing of it failed."""
        return self.good and self.frames[-1].data.get("status") in (None, "completed")

    def of_kind(self, *kinds: str) -> list[Seen]:
        """Give the frames of some types, in the order of receipt."""
        return [seen for seen in self.frames if seen.kind in kinds]

    @property
    def plan(self) -> list[str]:
        """The agents that are to work, as the first agent_started names them."""
        for seen in self.frames:
            if seen.kind == "agent_started":
                plan = seen.data.get("plan")
                return [str(agent) for agent in plan] if isinstance(plan, list) else []
        return []

    def __str__(self) -> str:
        return f"run {self.run_id}" if self.run_id else "a run"


class ChannelView:
    """One connection of one user.

    Args:
        history: The history that it belongs to.
        user: Whose connection it is.
        name: Which of theirs.
        opened_ns: When it was opened.
        closed: How it ended; ``None`` while it is open.
    """

    def __init__(self, history: "HistoryView", user: str, name: str, opened_ns: int, closed: Close | None) -> None:
        self.history = history
        self.user = user
        self.user_id = history.user_ids.get(user, "")
        self.name = name
        self.opened_ns = opened_ns
        self.closed = closed
        self.received = 0
        self.first_kind = ""
        self.first_ns = 0
        self.last_ns = 0
        self.greetings: list[Answer] = []
        self.connection_ids: list[str] = []
        self.greeted_stamp = ""
        self.malformed: list[int] = []
        self.binary: list[int] = []
        self.after_close: list[int] = []
        self.sent: list[Sent] = []
        self.answers: list[Answer] = []
        self.replays: list[Replay] = []
        self.unasked_replays: list[Answer] = []
        self.jumps: list[Jump] = []
        self.first_seqs: dict[str, int | None] = {}
        self.runs: dict[str, RunView] = {}
        self.unnamed_runs: list[RunView] = []
        self.overlaps: list[tuple[str, str, int]] = []  # run, the other run of its thread still at work, at_ns

    def all_runs(self) -> Iterator[RunView]:
        """Give the runs that it showed live."""
        yield from self.runs.values()
        yield from self.unnamed_runs

    def answers_of(self, *kinds: str) -> Iterator[Answer]:
        """Give the answers of some types, in the order of receipt."""
        return (answer for answer in self.answers if answer.kind in kinds)

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class UserView:
    """Everything of one user of the test."""

    name: str
    history: "HistoryView"
    channels: list[ChannelView] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    look_ups: list[LookUp] = field(default_factory=list)

    @property
    def user_id(self) -> str:
        """Their id; empty while nobody knows it."""
        return self.history.user_ids.get(self.name, "")

    def acks(self) -> Iterator[tuple[ChannelView, Answer]]:
        """Give every acknowledgement that reached them, with the connection that brought it."""
        for channel in self.channels:
            for answer in channel.answers_of("message_ack"):
                yield channel, answer

    def runs(self) -> Iterator[RunView]:
        """Give every run that their connections showed live; one on two connections comes twice."""
        for channel in self.channels:
            yield from channel.all_runs()


@dataclass(slots=True)
class HistoryView:
    """Everything that happened in one test.

    Args:
        recorder: The history as recorded.
        not_offered: Capabilities that the platform does not have.

    Attributes:
        user_ids: By name of the user.
        told: Ids of runs whose end something else than a socket tells of.
        stored: Ids of runs whose stored frames were looked up.
        events: By the hash of its event_id: the first telling of each frame.
        calls: By the hash of a tool_call_id: the hash of the event_id of its start.
        leaks: What the detector found, once somebody has asked.
        end_ns: The last moment that the history knows of.
    """

    recorder: Recorder
    not_offered: frozenset[str] = frozenset()
    user_ids: dict[str, str] = field(default_factory=dict)
    users: dict[str, UserView] = field(default_factory=dict)
    channels: list[ChannelView] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    events: dict[int, Frame] = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)
    leaks: list[Leak] | None = None
    end_ns: int = 0

    def fault_between(self, began_ns: int, ended_ns: int) -> bool:
        """Tell whether the platform was disturbed on purpose at some moment of an interval.

        Args:
            began_ns: Its start.
            ended_ns: Its end.

        Returns:
            Whether a fault was open: nothing can be said then about how long something took.
        """
        return any(fault.touches(began_ns, ended_ns) for fault in self.recorder.faults)

    def user(self, name: str) -> UserView:
        """Give the view of a user, a new one if nothing of them was seen yet.

        Args:
            name: How the test calls them.

        Returns:
            The view.
        """
        if name not in self.users:
            self.users[name] = UserView(name, self)
        return self.users[name]
