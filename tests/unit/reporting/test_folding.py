"""Texts of unknown origin become safe and short."""

import json
import xml.etree.ElementTree as ET

import pytest
from picture_reader import HtmlReader

from goldenpath.reporting import folding
from goldenpath.reporting.redaction import remember_secret


def test_markup_is_escaped_in_text_and_in_attributes() -> None:
    assert folding.shown("</script><svg onload='x' y=\"z\">&amp;") == (
        "&lt;/script&gt;&lt;svg onload=&#x27;x&#x27; y=&quot;z&quot;&gt;&amp;amp;"
    )


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x1B, 0x85, 0x202E, 0x2066, 0xD800, 0xFFFE])
def test_characters_that_harm_a_page_are_written_out(code: int) -> None:
    text = folding.shown(f"a{chr(code)}b")
    assert text == f"a[U+{code:04X}]b"
    ET.fromstring(f"<x>{text}</x>".encode())


def test_ordinary_text_of_any_script_stays() -> None:
    text = "Größe\tשלום 你好 👩\u200d🚀\nnext"
    assert folding.clean(text) == text


def test_a_long_text_says_what_was_cut() -> None:
    assert folding.clean("x" * 100_000, 10) == "xxxxxxxxxx … (99,990 of 100,000 characters cut)"
    assert folding.clean("x" * 10, 10) == "x" * 10


def test_a_cut_leaves_no_half_secret() -> None:
    remember_secret("half-a-secret-is-one-too")
    assert folding.clean("password: half-a-secret-is-one-too", 20) == "password: <secret>"


def test_short_makes_one_line() -> None:
    assert folding.short("one\n two   three", 20) == "one two three"
    assert folding.short("abcdefghij", 5) == "abcd…"
    assert folding.short("x" * 10_000, 5) == "xxxx…"


def test_json_is_indented_and_unescaped() -> None:
    assert folding.pretty_json({"ä": [1]}) == '{\n  "ä": [\n    1\n  ]\n}'
    assert folding.compact_json({"ä": [1]}) == '{"ä": [1]}'


def test_what_json_cannot_hold_is_shown_all_the_same() -> None:
    circle: list[object] = []
    circle.append(circle)
    assert folding.pretty_json(circle) == "[[...]]"
    assert folding.pretty_json({(1, 2): 3}) == "{(1, 2): 3}"
    assert "object" in folding.pretty_json(object())
    deep = json.loads("[" * 900 + "]" * 900)
    for _ in range(200):
        deep = [deep] * 1
    assert folding.compact_json(deep)


def test_a_fold_shows_its_summary_and_hides_its_body() -> None:
    page = HtmlReader(folding.folded("more <b>", "body </pre></details> & <script>"))
    assert page.problems == []
    assert page.text == "more <b>"
    assert page.folded_text == "body </pre></details> & <script>"
    assert set(page.tags) == {"details", "summary", "pre"}
