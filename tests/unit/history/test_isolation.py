"""A planted leak is found wherever it stands; a user's own marks are no leak."""

import pytest

from goldenpath.history.isolation import Sight, find_leaks, sights_with_own_mark

ADA, BOB = "gpc" + "a1" * 16, "gpc" + "b2" * 16


def sights(in_bobs: str = "") -> dict[str, list[Sight]]:
    return {"Ada": [Sight("frame 1", f'{{"content": "{ADA}"}}')], "Bob": [Sight("frame 1", f"{BOB} {in_bobs}")]}


def test_own_marks_are_no_leak() -> None:
    assert find_leaks({"Ada": [ADA], "Bob": [BOB]}, sights()) == []


@pytest.mark.parametrize("planted", [ADA, ADA.upper(), f"before{ADA}after"])
def test_a_planted_leak_is_found_and_named(planted: str) -> None:
    leaks = find_leaks({"Ada": [ADA], "Bob": [BOB]}, sights(planted))
    assert [(leak.owner, leak.seen_by, leak.place) for leak in leaks] == [("Ada", "Bob", "frame 1")]
    assert "Bob can see Ada's" in str(leaks[0])


def test_short_marks_are_not_searched_for() -> None:
    assert find_leaks({"Ada": ["1"], "Bob": []}, sights("1")) == []


def test_the_search_is_shown_to_look_at_the_right_things() -> None:
    assert sights_with_own_mark(ADA, sights()["Ada"]) == 1
    assert sights_with_own_mark(ADA, sights()["Bob"]) == 0
