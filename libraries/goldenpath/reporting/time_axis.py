"""The time axis of a picture: seconds to position, ticks, and the limit that was promised."""

from collections.abc import Iterator

from goldenpath.reporting.colours import BAD
from goldenpath.reporting.svg import Picture, text_width

_TICK_STEPS = (1, 2, 5)
_MOST_TICKS = 8


def duration_text(seconds: float) -> str:
    """Write a duration as a person says it.

    Args:
        seconds: The duration; may be negative.

    Returns:
        For example ``0.42 ms``, ``123 ms``, ``1.84 s``, ``62.0 s``.
    """
    size = abs(seconds)
    if size < 0.00095:
        return "0 ms" if size == 0 else f"{seconds * 1000:.2f} ms"
    if size < 0.0095:
        return f"{seconds * 1000:.1f} ms"
    if size < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.2f} s" if size < 10 else f"{seconds:.1f} s"


def round_duration_text(seconds: float) -> str:
    """Write a duration that somebody chose, a limit or a tick, without empty decimals.

    Args:
        seconds: The duration.

    Returns:
        For example ``500 ms``, ``2.5 s``, ``30 s``.
    """
    number, unit = duration_text(seconds).split(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


class TimeAxis:
    """Maps seconds to positions between two edges.

    Args:
        left: Left edge in the picture.
        right: Right edge in the picture.
        events_s: Times of everything that is to be shown; 0 always is.
        limit_s: The limit, shown as a line if that leaves the events at least two thirds of the room.
    """

    def __init__(self, left: float, right: float, events_s: list[float], limit_s: float | None = None) -> None:
        self.left = left
        self.right = right
        self.limit_s = limit_s
        self.start_s = min([0.0, *events_s])
        last = max([0.0, *events_s])
        self.limit_fits = limit_s is not None and (last == 0 or limit_s <= last * 1.5)
        if limit_s is not None and self.limit_fits:
            last = max(last, limit_s)
        span = (last - self.start_s) or 1.0
        self.end_s = last + span * 0.04

    def x(self, seconds: float) -> float:
        """Give the position of a time.

        Args:
            seconds: The time.

        Returns:
            The position in the picture's units.
        """
        return self.left + (seconds - self.start_s) / (self.end_s - self.start_s) * (self.right - self.left)

    def draw(self, picture: Picture, top: float, bottom: float, zero: str) -> None:
        """Draw grid and tick marks, and the limit or a note about it.

        Args:
            picture: What to draw on.
            top: Where the grid begins.
            bottom: Where it ends; the numbers stand below.
            zero: What happened at time 0.
        """
        picture.line(self.left, bottom, self.right, bottom, opacity=0.45)
        self._draw_limit(picture, top, bottom)
        for tick in self._ticks():
            x = self.x(tick)
            picture.line(x, top, x, bottom + 4, opacity=0.45 if tick == 0 else 0.1)
            picture.text(
                x, bottom + 17, round_duration_text(tick) if tick else "0", size=11, anchor="middle", opacity=0.8
            )
        picture.text(self.x(0), bottom + 31, zero, size=11, anchor="middle", opacity=0.8)

    def _draw_limit(self, picture: Picture, top: float, bottom: float) -> None:
        if self.limit_s is None:
            return
        label = f"limit {round_duration_text(self.limit_s)}"
        if not self.limit_fits:
            picture.text(self.right, bottom + 31, f"{label} →", size=11, anchor="end", opacity=0.8)
            return
        x = self.x(self.limit_s)
        picture.box(x, top, self.right - x, bottom - top, colour=BAD, opacity=0.09, radius=0)
        picture.line(x, top, x, bottom, colour=BAD, width=2)
        half = text_width(label, 11) / 2
        picture.text(min(x, self.right - half), bottom + 31, label, size=11, anchor="middle", bold=True)

    def _ticks(self) -> Iterator[float]:
        step = _tick_step(self.end_s - self.start_s)
        number = -int(-self.start_s / step)
        while number * step <= self.end_s:
            yield number * step
            number += 1


def _tick_step(span_s: float) -> float:
    scale = 1e-9
    while True:
        for step in _TICK_STEPS:
            if span_s / (step * scale) <= _MOST_TICKS:
                return step * scale
        scale *= 10
