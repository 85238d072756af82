"""`python -m goldenpath.judged` names every test that ran and was not judged."""

from pathlib import Path

import pytest
from robot import run_cli

from goldenpath.judged import main

SUITE = """
*** Test Cases ***
Stamped
    Set Test Message    judged: 3 frames, 2 bodies, 60 rules

Stamped And Failed
    Fail    a finding\\n\\njudged: 3 frames, 2 bodies, 60 rules

Skipped
    Skip    not today
"""
BARE = "\nBare\n    No Operation\n"
NOT_JUDGED = "\nCrashed\n    Fail    not judged: ZeroDivisionError: x\n"
SPOKEN_OF = "\nSpoken Of\n    Set Test Message    I was judged: 3 frames\n"


def output_of(folder: Path, text: str, *options: str) -> str:
    suite, output = folder / "a_suite.robot", folder / "output.xml"
    suite.write_text(text, encoding="utf-8")
    quiet = ["--console", "none", "--output", str(output), "--log", "NONE", "--report", "NONE"]
    run_cli([*quiet, *options, str(suite)], exit=False)
    return str(output)


def test_all_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([output_of(tmp_path, SUITE)]) == 0
    assert capsys.readouterr().out == ""


def test_each_test_without_a_stamp_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = output_of(tmp_path, SUITE + BARE + NOT_JUDGED + SPOKEN_OF)
    assert main([output]) == 1
    names = [line.removeprefix(f"{output}: not judged: ") for line in capsys.readouterr().out.splitlines()]
    assert names == ["A Suite.Bare", "A Suite.Crashed", "A Suite.Spoken Of"]


def test_what_was_not_run_need_not_be_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n*** Test Cases ***\nFirst\n    Fail    judged: 0\n" + BARE
    assert main([output_of(tmp_path, text, "--exitonfailure")]) == 0
    assert capsys.readouterr().out == ""


def test_what_is_no_result_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = str(tmp_path / "gone.xml")
    assert main([gone]) == 2
    assert gone in capsys.readouterr().err
    assert main([]) == 2
