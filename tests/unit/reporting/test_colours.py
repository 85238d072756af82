"""Shapes can be told from the background of either theme."""

import pytest

from goldenpath.reporting import colours


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("background", colours.PAGE_BACKGROUNDS)
@pytest.mark.parametrize(
    "colour",
    [colours.GOOD, colours.BAD, colours.WAIT, colours.NEUTRAL, colours.TOOL, *colours.AGENT_COLOURS],
)
def test_every_colour_stands_out_on_both_themes(colour: str, background: str) -> None:
    assert contrast(colour, background) >= 3


def test_the_measure_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_an_agent_keeps_its_colour_and_two_agents_differ() -> None:
    given = colours.agent_colours(["triage", "data", "triage", "report"])
    assert list(given) == ["triage", "data", "report"]
    assert len(set(given.values())) == 3


def test_there_may_be_more_agents_than_colours() -> None:
    assert len(colours.agent_colours(str(number) for number in range(50))) == 50
