"""Counting tests from what the runners leave behind."""

import subprocess
import sys

import pytest
import robot

from lint.counts import Counts, lost_tests, pytest_counts, pytest_line, robot_counts

SUITE = """*** Test Cases ***
Passing
    No Operation

Failing
    Fail    on purpose

Skipped
    Skip    on purpose
"""

PYTEST = """import pytest
@pytest.fixture
def broken(): raise OSError
def test_passing(): pass
def test_failing(): assert False
def test_error(broken): pass
def test_skipped(): pytest.skip("on purpose")
"""


@pytest.fixture
def suites(tmp_path):
    folder = tmp_path / "suites"
    folder.mkdir()
    (folder / "one.robot").write_text(SUITE, encoding="utf-8")
    return folder


def run(suites, output, *options):
    robot.run_cli(
        ["--log", "NONE", "--report", "NONE", "--output", str(output), "--console", "none", *options, str(suites)],
        exit=False,
    )


def test_robot_tests_are_counted_by_their_verdict(suites, tmp_path):
    run(suites, tmp_path / "output.xml")
    assert robot_counts(tmp_path / "output.xml") == Counts(1, 1, 1)


@pytest.mark.parametrize("text", [None, "", "<robot><suite>", "no xml"])
def test_a_missing_or_broken_output_counts_nothing(tmp_path, text):
    output = tmp_path / "output.xml"
    if text is not None:
        output.write_text(text, encoding="utf-8")
    assert robot_counts(output) == pytest_counts(output) == Counts()


def test_pytest_errors_are_failures(tmp_path):
    (tmp_path / "test_inner.py").write_text(PYTEST, encoding="utf-8")
    junit = tmp_path / "junit.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        f"--rootdir={tmp_path}",
        "-c",
        "/dev/null",
        f"--junitxml={junit}",
        tmp_path,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False)
    assert pytest_counts(junit) == Counts(1, 2, 1)
    line = pytest_line(done.stdout)
    assert "1 failed, 1 passed, 1 skipped, 1 error in " in line
    assert line in done.stdout.splitlines()


def test_a_console_without_a_closing_line_gives_none():
    assert pytest_line("==== test session starts ====\nKilled\n") == ""


def test_a_test_without_a_result_is_lost(suites, tmp_path):
    run(suites, tmp_path / "output.xml", "--exclude", "none", "--test", "Passing", "--test", "Skipped")
    assert lost_tests(suites, tmp_path / "output.xml") == ["Suites.One.Failing"]
    assert len(lost_tests(suites, tmp_path / "missing.xml")) == 3
    run(suites, tmp_path / "output.xml")
    assert lost_tests(suites, tmp_path / "output.xml") == []


def test_counts_add_up_and_print():
    assert str(Counts(1, 2, 3) + Counts(failed=1)) == "1 passed, 3 failed, 3 skipped"
    assert Counts(skipped=3).ran == 0
