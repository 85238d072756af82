"""One run as a picture: which event came when, who was at work, and where the user waited."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from goldenpath.reporting.colours import BAD, GOOD, NEUTRAL, TOOL, WAIT, agent_colours
from goldenpath.reporting.folding import short
from goldenpath.reporting.moments import ENDS, Moment, ToolCall, Turn, moments_from_frames, tool_calls, turns
from goldenpath.reporting.svg import WIDTH, LabelLane, Picture, text_width
from goldenpath.reporting.time_axis import TimeAxis, duration_text, round_duration_text

__all__ = ["Moment", "moments_from_frames", "timeline_svg"]

_LEFT = 186
_RIGHT = WIDTH - 24
_ROW = 30
_LANE = 19
_MOST_LANES = 12
_SMALL_GAP = 0.03
"""Share of the whole time below which a gap is not worth words."""

_PLAIN_WORDS = {
    "message_ack": "Question received",
    "agent_started": "Agents start",
    "agent_thinking": "Agents think",
    "tool_executing": "Tool begins",
    "tool_completed": "Tool ends",
    "agent_completed": "Answer",
    "agent_error": "Ended with an error",
    "agent_stopped": "Stopped",
    "error": "Refused",
}


def timeline_svg(moments: Sequence[Moment], *, title: str, limit_s: float | None = None) -> str:
    """Draw a run on a time axis that begins when the user sends the question.

    Args:
        moments: What happened; in any order.
        title: Heading of the picture.
        limit_s: Seconds that the run may take, if there is a limit.

    Returns:
        An ``<svg>`` element for ``logger.info(..., html=True)``.
    """
    return _Timeline(sorted(moments, key=lambda moment: moment.at_s), title, limit_s).draw()


class _Timeline:
    """Draws from top to bottom; ``_y`` is the upper edge of the next row."""

    def __init__(self, moments: list[Moment], title: str, limit_s: float | None) -> None:
        self._moments = moments
        self._title = title
        self._limit_s = limit_s
        self._turns = turns(moments)
        self._calls = tool_calls(moments)
        self._colours = agent_colours(turn.agent for turn in self._turns)
        self._end = next((moment for moment in moments if moment.type in ENDS), None)
        self._axis = TimeAxis(_LEFT, _RIGHT, [moment.at_s for moment in moments], limit_s)
        self._gaps = _gaps(moments)
        self._picture = Picture()
        self._y = 0.0

    def draw(self) -> str:
        """Draw everything."""
        self._draw_heading()
        top = self._y
        self._draw_turns()
        for kind in self._rows():
            self._draw_row(kind)
        self._draw_waiting()
        self._axis.draw(self._picture, top, self._y, "question sent")
        return self._picture.render(self._y + 42, title=f"{self._title}: {self._total()}", description=self._in_words())

    def _rows(self) -> list[str]:
        seen = {moment.type for moment in self._moments}
        ends = [kind for kind in ENDS if kind in seen] or ["agent_completed"]
        other = ["error"] if "error" in seen else []
        return ["message_ack", "agent_started", "agent_thinking", "tool_executing", "tool_completed", *ends, *other]

    def _draw_heading(self) -> None:
        total = self._total()
        room = _RIGHT - 20 - text_width(total, 16)
        self._picture.text(18, 28, short(self._title, int(room / 9)), size=16, bold=True)
        colour = self._colour(self._end) if self._end else BAD
        self._picture.dot(_RIGHT - text_width(total, 16) - 12, 22.5, colour=colour, radius=6)
        self._picture.text(_RIGHT, 28, total, size=16, bold=True, anchor="end")
        self._picture.text(18, 48, self._remark(), size=12, opacity=0.8)
        self._y = 64

    def _total(self) -> str:
        if not self._moments:
            return "no event arrived"
        if self._end is None:
            return f"no end, last event at {duration_text(self._moments[-1].at_s)}"
        words = {"agent_completed": "answered in", "agent_error": "error after", "agent_stopped": "stopped after"}
        word = "degraded answer after" if self._end.label == "degraded" else words[self._end.type]
        return f"{word} {duration_text(self._end.at_s)}"

    def _remark(self) -> str:
        remarks = []
        if self._gaps:
            start, end, following = max(self._gaps, key=lambda gap: gap[1] - gap[0])
            remarks.append(f"longest wait {duration_text(end - start)}, before {following}")
        failures = Counter(call.failure for call in self._calls if call.failure)
        remarks += [f"{count} of {len(self._calls)} tool calls {failure}" for failure, count in failures.items()]
        if self._limit_s is not None:
            remarks.append(_against_limit(self._end.at_s if self._end else None, self._limit_s))
        return " · ".join(remarks)

    def _draw_turns(self) -> None:
        picture, axis = self._picture, self._axis
        picture.text(18, self._y + 19, "At work", size=12.5)
        lanes = [LabelLane(_LEFT, _RIGHT) for _ in range(2)]
        for turn in self._turns:
            x1, x2 = axis.x(turn.start_s), axis.x(turn.end_s)
            label = f"{turn.agent} {duration_text(turn.end_s - turn.start_s)}"
            picture.box(
                x1, self._y + 26, x2 - x1 - 1, 8, colour=self._colours[turn.agent], radius=2, tip=label
            )  # fmt: skip
            self._draw_turn_label(turn, x1, x2, lanes)
        self._y += 46

    def _draw_turn_label(self, turn: Turn, x1: float, x2: float, lanes: list[LabelLane]) -> None:
        name = short(turn.agent, 24)
        lasted = turn.end_s - turn.start_s
        for label in ([f"{name} {duration_text(lasted)}"] if lasted else []) + [name]:
            width = text_width(label, 11.5)
            start = min(max(_LEFT, (x1 + x2 - width) / 2 if width < x2 - x1 else x1), _RIGHT - width)
            for number, lane in enumerate(lanes):
                if lane.take(start, width, gap=8):
                    y = self._y + 20 - 14 * number
                    self._picture.text(start, y, label, size=11.5, bold=True)
                    return

    def _draw_row(self, kind: str) -> None:
        moments = [moment for moment in self._moments if moment.type == kind]
        lanes = _lanes(self._calls) if kind == "tool_executing" else []
        extra = 16 if len(lanes) > _MOST_LANES else 0
        height = max(_ROW, len(lanes[:_MOST_LANES]) * _LANE + 10 + extra)
        self._picture.line(18, self._y, _RIGHT, self._y, opacity=0.12)
        self._draw_row_name(kind, len(moments))
        if lanes:
            self._draw_calls(lanes)
        else:
            self._draw_dots(kind, moments)
        if not moments and not lanes:
            absent = "none was seen" if kind == "message_ack" else "did not arrive"
            self._picture.text(_LEFT + 8, self._y + 20, absent, size=12.5, bold=kind != "message_ack")
        self._y += height

    def _draw_row_name(self, kind: str, count: int) -> None:
        times = f" ×{count}" if count > 1 else ""
        self._picture.text(18, self._y + 14, _PLAIN_WORDS[kind] + times, size=12.5)
        self._picture.text(18, self._y + 25, kind, size=10, opacity=0.7)
        if not count and kind != "message_ack":
            self._picture.dot(_LEFT - 6, self._y + 16, colour=BAD, radius=4)

    def _draw_dots(self, kind: str, moments: list[Moment]) -> None:
        lane = self._label_lane()
        drawn: set[tuple[int, str]] = set()
        placed = []
        for moment in sorted(moments, key=lambda moment: bool(moment.failure)):  # what failed is drawn on top
            x, colour = self._axis.x(moment.at_s), self._colour(moment)
            placed.append((x, moment))
            if (round(x), colour) not in drawn:
                drawn.add((round(x), colour))
                words = " · ".join(filter(None, (duration_text(moment.at_s), kind, moment.agent, moment.label)))
                self._picture.dot(x, self._y + 15, colour=colour, tip=words)
                lane.block(x - 5, 10)
        for x, moment in sorted(placed, key=lambda place: (not place[1].failure, place[0])):
            label = self._dot_label(kind, moment)
            width = text_width(label, 11)
            for start in (x + 9, x - 9 - width):
                if lane.take(start, width, gap=3):
                    self._picture.text(start, self._y + 19, label, size=11, opacity=0.9)
                    break

    def _label_lane(self) -> LabelLane:
        """Give a line of labels that stays clear of the axis' beginning and of the limit."""
        lane = LabelLane(_LEFT + 2, _RIGHT + 2)
        if self._limit_s is not None and self._axis.limit_fits:
            lane.block(self._axis.x(self._limit_s) - 1, 2)
        return lane

    def _dot_label(self, kind: str, moment: Moment) -> str:
        label = duration_text(moment.at_s)
        if kind in (*ENDS, "error") and moment.label:
            return f"{label} {short(moment.label, 30)}"
        return label

    def _draw_calls(self, lanes: list[list[ToolCall]]) -> None:
        for number, calls in enumerate(lanes[:_MOST_LANES]):
            lane = self._label_lane()
            y = self._y + 6 + number * _LANE
            for call in calls:
                self._draw_call(call, y)
                x1, x2 = self._call_edges(call)
                lane.block(x1, x2 - x1)
            for call in sorted(calls, key=lambda call: not call.failure):
                self._draw_call_label(call, y, lane)
        left_out = sum(len(calls) for calls in lanes[_MOST_LANES:])
        if left_out:
            y = self._y + _MOST_LANES * _LANE + 16
            self._picture.text(_LEFT + 7, y, f"and {left_out} more calls at the same time, not drawn", size=11)

    def _call_edges(self, call: ToolCall) -> tuple[float, float]:
        start = self._axis.x(call.start_s if call.start_s is not None else self._axis.start_s)
        end = self._axis.x(call.end_s) if call.end_s is not None else self._axis.right
        return start, end

    def _draw_call(self, call: ToolCall, y: float) -> None:
        x1, x2 = self._call_edges(call)
        whole = call.start_s is not None and call.end_s is not None
        colour = BAD if call.failure or not whole else TOOL
        self._picture.box(
            x1, y, x2 - x1, 15, colour=colour, opacity=0.32 if whole else 0.1, edge=colour, tip=_call_text(call),
            dash="" if whole else "4 3",
        )  # fmt: skip
        self._picture.box(x1, y, 3, 15, colour=colour, radius=1)

    def _draw_call_label(self, call: ToolCall, y: float, lane: LabelLane) -> None:
        x1, x2 = self._call_edges(call)
        for label in (_call_text(call), short(call.name, 32)):
            width = text_width(label, 11)
            if width + 10 < x2 - x1:
                self._picture.text(x1 + 7, y + 11.5, label, size=11)
                return
            for start in (x2 + 5, x1 - 5 - width):
                if lane.take(start, width, gap=3):
                    self._picture.text(start, y + 11.5, label, size=11)
                    return

    def _draw_waiting(self) -> None:
        picture, axis = self._picture, self._axis
        picture.line(18, self._y, _RIGHT, self._y, opacity=0.12)
        picture.text(18, self._y + 17, "Waiting in between", size=12.5)
        picture.text(18, self._y + 28, "time without any event", size=10, opacity=0.7)
        lane = self._label_lane()
        span = axis.end_s - axis.start_s
        longest_first = sorted(self._gaps, key=lambda gap: gap[0] - gap[1])
        for number, (start, end, following) in enumerate(longest_first):
            if (end - start) / span < _SMALL_GAP and number:
                break
            x1, x2 = axis.x(start), axis.x(end)
            colour = WAIT if number == 0 else NEUTRAL
            label = duration_text(end - start)
            picture.box(
                x1 + 0.5, self._y + 24, x2 - x1 - 1, 7 if number == 0 else 4, colour=colour, radius=1,
                tip=f"{label} before {following}",
            )  # fmt: skip
            size = 12.5 if number == 0 else 11
            width = text_width(label, size)
            left = min(max((x1 + x2 - width) / 2, _LEFT + 3), _RIGHT - width)
            if lane.take(left, width):
                picture.text(left, self._y + 18, label, size=size, bold=number == 0, opacity=1 if number == 0 else 0.8)
        self._y += 42

    def _colour(self, moment: Moment) -> str:
        if moment.failure:
            return BAD
        if moment.type == "agent_completed":
            return WAIT if moment.label == "degraded" else GOOD
        return self._colours.get(moment.agent or "", NEUTRAL)

    def _in_words(self) -> str:
        """Tell the picture to someone who cannot see it."""
        counted = Counter(moment.type for moment in self._moments)
        first: dict[str, float] = {}
        for moment in self._moments:
            first.setdefault(moment.type, moment.at_s)
        events = [
            f"{kind} at {duration_text(first[kind])}" + (f", {counted[kind]} in all" if counted[kind] > 1 else "")
            if kind in first
            else f"{kind} did not arrive"
            for kind in self._rows()
        ]
        work = [f"{turn.agent} at work {duration_text(turn.end_s - turn.start_s)}" for turn in self._turns]
        tools = [_call_text(call) for call in self._calls[:_MOST_LANES]]
        return ". ".join(["; ".join(part) for part in (events, work, tools) if part] + [self._remark()])


def _against_limit(total_s: float | None, limit_s: float) -> str:
    limit = round_duration_text(limit_s)
    if total_s is None:
        return f"limit {limit}"
    return f"within the limit of {limit}" if total_s <= limit_s else f"over the limit of {limit}"


def _gaps(moments: Sequence[Moment]) -> list[tuple[float, float, str]]:
    """List the times between consecutive events, the question's sending included: start, end, what ended it."""
    times = [(0.0, ""), *((moment.at_s, moment.type) for moment in moments if moment.at_s >= 0)]
    return [(start, end, kind) for (start, _), (end, kind) in pairwise(times) if end > start]


def _lanes(calls: Sequence[ToolCall]) -> list[list[ToolCall]]:
    """Spread calls over as few lanes as it takes for none to overlap."""
    lanes: list[list[ToolCall]] = []
    ends: list[float] = []
    for call in sorted(calls, key=lambda call: call.start_s or 0.0):
        start = call.start_s or 0.0
        end = call.end_s if call.end_s is not None else float("inf")
        free = next((number for number, lane_end in enumerate(ends) if lane_end <= start), None)
        if free is None:
            lanes.append([call])
            ends.append(end)
        else:
            lanes[free].append(call)
            ends[free] = end
    return lanes


def _call_text(call: ToolCall) -> str:
    name = short(call.name, 32) or "tool"
    if call.start_s is None:
        return f"{name}, begin not seen"
    if call.end_s is None:
        return f"{name}, no end"
    return f"{name} {duration_text(call.end_s - call.start_s)}" + (f", {call.failure}" if call.failure else "")
