"""Several users at once as a picture: released from one barrier, each on a row, all on the same time axis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from goldenpath.reporting.colours import BAD, GOOD, NEUTRAL, agent_colours
from goldenpath.reporting.folding import short
from goldenpath.reporting.moments import ENDS, Moment, turns
from goldenpath.reporting.svg import WIDTH, LabelLane, Picture, text_width
from goldenpath.reporting.time_axis import TimeAxis, duration_text

_LEFT = 170
_RIGHT = WIDTH - 24
_ROW = 38
_MOST_ROWS = 40
_END_WORDS = {"agent_completed": "answered", "agent_error": "error", "agent_stopped": "stopped"}


@dataclass(frozen=True, slots=True)
class UserRun:
    """One user's run among several.

    Args:
        user: The user's name.
        sent_s: When this user's question was sent, in seconds on a clock that all runs share.
        moments: What happened then, in seconds since this question was sent.
    """

    user: str
    sent_s: float
    moments: Sequence[Moment]


def several_timelines_svg(runs: Sequence[UserRun], *, title: str, limit_s: float | None = None) -> str:
    """Draw runs side by side on a time axis that begins with the first question.

    Args:
        runs: The runs, in the order of the rows; of more than forty the rest is only counted.
        title: Heading of the picture.
        limit_s: Seconds that a run may take, if there is a limit.

    Returns:
        An ``<svg>`` element for ``logger.info(..., html=True)``.
    """
    return _SideBySide([_Row.of(run, runs) for run in runs], title, limit_s).draw()


@dataclass(frozen=True)
class _Row:
    """A run on the shared axis."""

    user: str
    sent_s: float
    moments: list[Moment]

    @classmethod
    def of(cls, run: UserRun, runs: Sequence[UserRun]) -> "_Row":
        return cls(
            short(run.user, 22),
            run.sent_s - min(other.sent_s for other in runs),
            sorted(run.moments, key=lambda moment: moment.at_s),
        )

    @property
    def end(self) -> Moment | None:
        return next((moment for moment in self.moments if moment.type in ENDS), None)

    @property
    def last_s(self) -> float:
        """Time of the last thing seen, on the shared axis."""
        end = self.end
        if end:
            return self.sent_s + end.at_s
        return self.sent_s + (self.moments[-1].at_s if self.moments else 0.0)

    @property
    def outcome(self) -> str:
        end = self.end
        if end:
            return f"{_END_WORDS[end.type]} in {duration_text(end.at_s)}"
        return f"no end, last event at {duration_text(self.moments[-1].at_s)}" if self.moments else "no event"


class _SideBySide:
    def __init__(self, rows: list[_Row], title: str, limit_s: float | None) -> None:
        self._rows = rows
        self._title = title
        self._agents = agent_colours(turn.agent for row in rows for turn in turns(row.moments))
        self._axis = TimeAxis(_LEFT, _RIGHT, [time for row in rows for time in (row.sent_s, row.last_s)], limit_s)
        self._picture = Picture()

    def draw(self) -> str:
        """Draw everything."""
        picture = self._picture
        answered = sum(row.end is not None and row.end.type == "agent_completed" for row in self._rows)
        total = f"{answered} of {len(self._rows)} answered"
        picture.text(18, 28, short(self._title, 60), size=16, bold=True)
        picture.text(_RIGHT, 28, total, size=16, bold=True, anchor="end")
        good = bool(self._rows) and answered == len(self._rows)
        picture.dot(_RIGHT - text_width(total, 16) - 12, 22.5, colour=GOOD if good else BAD, radius=6)
        facts = " · ".join(self._facts())
        picture.text(18, 48, facts, size=12, opacity=0.8)
        self._draw_legend(68)
        top = y = 82.0
        for row in self._rows[:_MOST_ROWS]:
            self._draw_row(row, y)
            y += _ROW
        left_out = len(self._rows) - _MOST_ROWS
        if left_out > 0:
            picture.text(18, y + 16, f"and {left_out} more users, who are counted above but not drawn", size=12)
            y += 24
        self._axis.draw(picture, top, y, "first question sent")
        return picture.render(y + 42, title=f"{self._title}: {total}", description=". ".join(self._in_words(facts)))

    def _facts(self) -> Iterator[str]:
        if not self._rows:
            yield "no run"
            return
        sent = [row.sent_s for row in self._rows]
        yield f"all questions sent within {duration_text(max(sent) - min(sent))}"
        together = min(row.last_s for row in self._rows) - max(sent)
        if len(self._rows) > 1:
            yield (
                f"all runs open at the same time for {duration_text(together)}"
                if together > 0
                else "the runs were never all open at the same time"
            )
        if ended := [row.end.at_s for row in self._rows if row.end]:
            yield f"fastest {duration_text(min(ended))}, slowest {duration_text(max(ended))}"

    def _draw_legend(self, y: float) -> None:
        x = 18.0
        for agent, colour in self._agents.items():
            name = short(agent, 24)
            self._picture.box(x, y - 8, 14, 8, colour=colour, radius=2)
            self._picture.text(x + 19, y, name, size=11.5)
            x += 19 + text_width(name, 11.5) + 16
        self._picture.dot(x + 4, y - 4, colour=NEUTRAL, radius=3)
        self._picture.text(x + 13, y, "an event", size=11.5)

    def _draw_row(self, row: _Row, y: float) -> None:
        picture, axis = self._picture, self._axis
        picture.line(18, y, _RIGHT, y, opacity=0.12)
        picture.text(18, y + 16, row.user, size=12.5, bold=True)
        picture.text(18, y + 30, f"sent at +{duration_text(row.sent_s)}", size=10.5, opacity=0.75)
        bar = y + 20
        start, end = axis.x(row.sent_s), axis.x(row.last_s)
        picture.box(start, bar, end - start, 10, opacity=0.12, radius=2, tip=f"{row.user}: {row.outcome}")
        for turn in turns(row.moments):
            x = axis.x(row.sent_s + turn.start_s)
            tip = f"{turn.agent} {duration_text(turn.end_s - turn.start_s)}"
            width = axis.x(row.sent_s + turn.end_s) - x - 1
            picture.box(x, bar, width, 10, colour=self._agents[turn.agent], radius=2, tip=tip)
        picture.line(start, bar - 4, start, bar + 14, width=2)
        self._draw_events(row, bar - 5)
        self._draw_outcome(row, y + 15, end)

    def _draw_events(self, row: _Row, y: float) -> None:
        drawn = set()
        for moment in row.moments:
            x = self._axis.x(row.sent_s + moment.at_s)
            if round(x) not in drawn:
                drawn.add(round(x))
                colour = BAD if moment.failure else NEUTRAL
                tip = " · ".join(filter(None, (duration_text(moment.at_s), moment.type, moment.label)))
                self._picture.dot(x, y, colour=colour, radius=3, tip=tip)

    def _draw_outcome(self, row: _Row, y: float, end: float) -> None:
        good = row.end is not None and row.end.type == "agent_completed"
        width = text_width(row.outcome, 11)
        lane = LabelLane(_LEFT, _RIGHT)
        lane.block(end - 6, 12)
        for moment in row.moments:
            lane.block(self._axis.x(row.sent_s + moment.at_s) - 3, 6)
        x = next((left for left in (end + 9, end - 9 - width) if lane.take(left, width, gap=2)), _RIGHT - width)
        self._picture.dot(end, y, colour=GOOD if good else BAD, radius=5, tip=row.outcome)
        self._picture.text(x, y + 4, row.outcome, size=11, bold=not good)

    def _in_words(self, facts: str) -> Iterator[str]:
        yield facts
        for row in self._rows[:_MOST_ROWS]:
            yield f"{row.user}, sent at +{duration_text(row.sent_s)}: {row.outcome}"
