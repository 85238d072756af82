"""A small drawing board for inline SVG: escaped text, estimated widths, labels that do not overlap."""

import unicodedata

from goldenpath.reporting.colours import FONT, INK
from goldenpath.reporting.folding import shown

WIDTH = 900
"""Width of every picture, in its own units; it shrinks with the page."""

_WIDE_LETTERS = frozenset("mwMW@%—…")
_NARROW_LETTERS = frozenset("iljtfI.,:;'|!()[] ")


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text will be, a little generously, because the font is the reader's.

    Args:
        text: The text.
        size: Height of the font.

    Returns:
        Width in the picture's units.
    """
    return sum(_letter_width(letter) for letter in text) * size


def _letter_width(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return 0.33
    if letter in _WIDE_LETTERS or unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.68 if letter.isupper() else 0.57


class LabelLane:
    """One line of labels; it knows where there is still room."""

    def __init__(self, left: float, right: float) -> None:
        self._left = left
        self._right = right
        self._taken: list[tuple[float, float]] = []

    def take(self, start: float, width: float, gap: float = 4) -> bool:
        """Reserve room, if there is any.

        Args:
            start: Left edge.
            width: Width of what is to be drawn.
            gap: Distance to keep from the neighbours.

        Returns:
            Whether the room was free and now is taken.
        """
        end = start + width
        if start < self._left or end > self._right:
            return False
        if any(start < taken_end + gap and taken_start - gap < end for taken_start, taken_end in self._taken):
            return False
        self.block(start, width)
        return True

    def block(self, start: float, width: float) -> None:
        """Keep labels away from something that is drawn in any case.

        Args:
            start: Left edge.
            width: Width of what is drawn.
        """
        self._taken.append((start, start + width))


class Picture:
    """Collects the parts of one SVG; the height is known only at the end."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        text: object,
        *,
        size: float = 12,
        colour: str = INK,
        anchor: str = "start",
        bold: bool = False,
        opacity: float = 1,
        font: str | None = None,
    ) -> None:
        """Write a line of text; ``y`` is its base line."""
        extra = ' font-weight="600"' if bold else ""
        extra += f' opacity="{opacity:g}"' if opacity < 1 else ""
        extra += f' text-anchor="{anchor}"' if anchor != "start" else ""
        extra += f' font-family="{font}"' if font else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{extra}>{shown(text, 400)}</text>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: str = INK, opacity: float = 1, dash: str = "",
        width: float = 1,
    ) -> None:  # fmt: skip
        """Draw a straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}" stroke-opacity="{opacity:g}"{dashed}/>'
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        colour: str = INK,
        opacity: float = 1,
        edge: str = "none",
        edge_opacity: float = 1,
        dash: str = "",
        radius: float = 3,
        tip: str = "",
    ) -> None:
        """Draw a filled rectangle; ``tip`` is told when the pointer rests on it."""
        stroke = f' stroke="{edge}" stroke-opacity="{edge_opacity:g}"' if edge != "none" else ""
        stroke += f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" rx="{radius:g}" '
            f'fill="{colour}" fill-opacity="{opacity:g}"{stroke}>{_tip(tip)}</rect>'
        )

    def dot(self, x: float, y: float, *, colour: str, radius: float = 5, tip: str = "") -> None:
        """Draw a filled circle; ``tip`` is told when the pointer rests on it."""
        self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}">{_tip(tip)}</circle>')

    def render(self, height: float, *, title: str, description: str) -> str:
        """Put the parts into one element.

        Args:
            height: Height of the picture.
            title: Its name, for people who do not see it.
            description: What it shows, in words, for people who do not see it.

        Returns:
            A complete ``<svg>`` element without any reference to outside.
        """
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height:.0f}" width="100%" '
            f'style="display:block;max-width:{WIDTH}px;min-width:560px;margin:4px 0" font-family="{FONT}">'
            f"<title>{shown(title, 200)}</title><desc>{shown(description)}</desc>"
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="8" fill="{INK}" '
            f'fill-opacity="0.035" stroke="{INK}" stroke-opacity="0.22"/>'
            f"{''.join(self._parts)}</svg>"
        )


def _tip(text: str) -> str:
    return f"<title>{shown(text, 300)}</title>" if text else ""
