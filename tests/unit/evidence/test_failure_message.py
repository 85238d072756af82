"""The labelled lines of a failed test's message."""

import os
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from goldenpath.evidence.message import limit_lines, trace_line, value_line, when_line
from goldenpath.evidence.reproduce import reproduce_line, variables_of
from goldenpath.limits import limit
from goldenpath.reporting.redaction import remember_secret

AT = datetime(2026, 5, 1, 8, 30, 15, 250_000, tzinfo=UTC)
ROOT = Path("/home/ada/golden path")
FILE = ROOT / "suites" / "journey" / "übung eins.robot"


def line(test: str, *given: str, seed: int | None = None, file: Path = FILE) -> list[str]:
    """The words that a shell would hand to robot."""
    label, _, command = reproduce_line(test, file, given, seed, ROOT).partition(": ")
    assert label == "Reproduce"
    done = subprocess.run(
        ["sh", "-c", f"set -- {command}; printf '%s\\n' \"$@\""],
        capture_output=True, text=True, check=True, env={**os.environ, "MY_PASSWORD": "from the environment"},
    )  # fmt: skip
    return done.stdout.splitlines()


def test_when_tells_seconds_and_the_clock() -> None:
    assert when_line(AT, "3.214 s after Ada's question was sent") == (
        "When: 3.214 s after Ada's question was sent, at 2026-05-01T08:30:15.250Z"
    )
    assert when_line(AT, "") == "When: 2026-05-01T08:30:15.250Z"


def test_limits_are_told_with_their_figures_once_and_only_those_there_are() -> None:
    name = "limit-agent_run_standard"
    [told] = limit_lines(f"end of it ({name}) did not arrive; {name} allows less; limit-of_my_patience is no limit")
    assert told.startswith(f"Limit: {name}, max_s = {limit(name).max_s:g}, ")
    assert "(agent_started to agent_completed)" in told
    assert limit_lines("The rate limit-er slept.") == []


@pytest.mark.parametrize(
    ("documentation", "told"),
    [
        ("Plan id: x.\n\nBusiness value: all tiers; it\ncosts a customer.\n\nMore.", "all tiers; it costs a customer."),
        ("Business value: one.", "one."),
    ],
)
def test_the_business_value_is_its_paragraph(documentation: str, told: str) -> None:
    assert value_line(documentation) == f"Business value: {told}"


def test_what_is_not_known_has_no_line() -> None:
    assert value_line("Plan id: x.") is None
    assert trace_line({}) is None


def test_traces_say_whose_they_are() -> None:
    assert trace_line({"ab": "Ada's question", "cd": "GET /x"}) == "Trace: ab (Ada's question); cd (GET /x)"


def test_the_command_survives_a_shell() -> None:
    name = """Größe, "doppelt", 'einfach', $HOME & mehr"""
    assert line(name) == ["robot", "--test", name, "--outputdir", "results/again", "suites/journey/übung eins.robot"]


def test_wildcards_of_robot_are_taken_literally() -> None:
    assert line("Is it [a] * or ?")[2] == "Is it [[]a] [*] or [?]"


def test_variables_and_seed_are_given_again() -> None:
    assert line("x", "TARGET:my own", "seed:1", seed=7)[3:7] == ["--variable", "TARGET:my own", "--variable", "SEED:7"]
    assert line("x", "SEED:5")[3:5] == ["--variable", "SEED:5"]


def test_a_secret_is_taken_from_the_environment() -> None:
    remember_secret("correct horse battery")
    for given in ("MY_PASSWORD:hunter22", "MY_PASSWORD: Secret:hunter22"):
        told = reproduce_line("x", FILE, [given], None, ROOT)
        assert "hunter22" not in told
        assert line("x", given)[4] == "MY_PASSWORD:from the environment"
    told = reproduce_line("x", FILE, ["GREETING:correct horse battery"], None, ROOT)
    assert "horse" not in told
    assert '"GREETING:$GREETING"' in told


def test_a_suite_elsewhere_is_told_as_a_whole() -> None:
    assert line("x", file=Path("/tmp/other/one.robot"))[-1] == "/tmp/other/one.robot"


def test_variables_come_from_the_command_line_and_its_argument_files(tmp_path: Path) -> None:
    more = tmp_path / "more.txt"
    more.write_text("--variable CITY:Köln am Rhein\n", encoding="utf-8")
    arguments = shlex.split(f"-v TARGET:local --variable PABOTQUEUEINDEX:0 -v CALLER_ID:1 -A {more} suites")
    assert sorted(variables_of(arguments)) == ["CITY:Köln am Rhein", "TARGET:local"]


@pytest.mark.parametrize("arguments", [[], ["-q", "tests/unit"], ["--help"], ["-A", "STDIN", "suites"]])
def test_another_program_gives_none(arguments: list[str]) -> None:
    assert variables_of(arguments) == []
