"""Colours that can be read on Robot's light and dark page alike.

Text takes the colour of the page (`INK`), so it always has its full contrast. Shapes take middle tones that keep at
least 3:1 against both backgrounds, which is what WCAG 2.2 asks of graphics; a test measures it.
"""

from collections.abc import Iterable

INK = "currentColor"
"""The page's own text colour; boxes, grid and side notes use it with less opacity."""

GOOD = "#2f9468"
BAD = "#e0503f"
WAIT = "#c27a12"
NEUTRAL = "#7d8590"
TOOL = "#2688c2"

FONT = "Helvetica, Arial, sans-serif"
MONO = "ui-monospace, Menlo, Consolas, monospace"

PAGE_BACKGROUNDS = ("#ffffff", "#1c2227")
"""What Robot's log.html puts behind a picture: light theme, dark theme."""

AGENT_COLOURS = ("#8a70d6", "#2688c2", "#c0692a", "#2f9468", "#c2559b", "#7f8a2c", "#4b8f95", "#a0714f")


def agent_colours(agents: Iterable[str]) -> dict[str, str]:
    """Give each agent a colour, in the order in which they come.

    Args:
        agents: Names of agents; a repeated name keeps its first colour.

    Returns:
        Name to ``#rrggbb``; after eight agents the colours start again.
    """
    names = list(dict.fromkeys(agents))
    return {name: AGENT_COLOURS[index % len(AGENT_COLOURS)] for index, name in enumerate(names)}
