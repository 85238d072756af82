"""The runner behind `.ci/run`: everything runs, failures are told, nothing passes without tests."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lint.counts import Counts
from lint.stages import Stage, all_stages, closing_lines, nothing_ran, run_command, run_stage, tokens_below

ROOT = Path(__file__).resolve().parents[3]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_all_commands_of_a_stage_run_and_the_tail_of_what_failed_is_shown(tmp_path, capsys):
    stage = Stage("lint", [python("print('first line'); raise SystemExit(3)"), python("print('second ran')")])
    assert run_stage(stage, tmp_path) is False
    shown = capsys.readouterr().out
    assert "== lint" in shown
    assert "first line" in shown
    assert "exit code 3" in shown
    assert "second ran" not in shown, "what passed is not shown"
    assert "second ran" in (tmp_path / "lint" / "console.txt").read_text()
    assert "lint: FAILED after" in shown


def test_a_stage_that_passes_tells_its_time(tmp_path, capsys):
    assert run_stage(Stage("types", [python("pass")]), tmp_path) is True
    assert "types: passed in " in capsys.readouterr().out


def test_a_complaint_of_the_check_fails_the_stage(tmp_path, capsys):
    assert run_stage(Stage("suites", [python("pass")], check=lambda: ["no test ran"]), tmp_path) is False
    assert "no test ran" in capsys.readouterr().out


def test_a_token_in_the_tail_is_not_printed(tmp_path, capsys):
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
    run_stage(Stage("pytest", [python(f"print('{token}'); raise SystemExit(1)")]), tmp_path)
    assert "eyJzdWIi" not in capsys.readouterr().out


def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path):
    child = "import sys, signal; print('child', flush=True); signal.pause()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    output, problem = run_command(python(parent), 2.0, tmp_path / "console.txt")
    assert problem == "was ended after 2 s"
    assert output.startswith("child")


def test_a_command_is_not_waited_for_longer_than_it_runs(tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # a child that holds the output open until this test opens the gate
    child = f"open({str(gate)!r}).read()"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"
    _, problem = run_command(python(code), 30.0, tmp_path / "console.txt")
    gate.open("w").close()
    assert problem == ""


def test_a_program_that_does_not_exist_is_told(tmp_path):
    _, problem = run_command(["no-such-program"], 5.0, tmp_path / "console.txt")
    assert problem == "could not be started: No such file or directory"


@pytest.mark.parametrize(
    ("counts", "complaints"), [(Counts(), 1), (Counts(skipped=5), 1), (Counts(1), 0), (Counts(0, 1), 0)]
)
def test_no_verdict_is_no_success(counts, complaints):
    assert len(nothing_ran(counts)) == complaints


def test_results_that_are_missing_are_no_clean_results(tmp_path):
    assert len(tokens_below(tmp_path)) == 1


def test_the_last_line_is_the_sum_and_names_what_failed(tmp_path):
    (tmp_path / "pytest").mkdir()
    (tmp_path / "pytest" / "junit.xml").write_text(
        '<testsuites><testsuite tests="5" failures="1" errors="0" skipped="1"/></testsuites>'
    )
    (tmp_path / "pytest" / "console.txt").write_text("=== 1 failed, 3 passed, 1 skipped in 0.1s ===\n")
    assert list(closing_lines(tmp_path, ["pytest", "suites"])) == [
        "=== 1 failed, 3 passed, 1 skipped in 0.1s ===",
        "journey alone: 0 passed, 0 failed, 0 skipped",
        "suites: 0 passed, 0 failed, 0 skipped",
        "failed stages: pytest, suites",
        "3 passed, 1 failed, 1 skipped",
    ]


def test_the_whole_run_stays_below_ninety_minutes(tmp_path):
    limits = [stage.limit_s * len(stage.commands) for stage in all_stages(tmp_path, tmp_path)]
    assert sum(limits) < 90 * 60


def test_the_script_is_valid_and_refuses_to_go_on_without_a_python(tmp_path):
    script = ROOT / ".ci" / "run"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "dirname"):
        found = subprocess.run(["bash", "-c", f"command -v {name}"], capture_output=True, text=True, check=True).stdout
        (tools / name).symlink_to(found.strip())
    done = subprocess.run([script], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith("No Python 3.11 or newer")


def test_interrupts_reach_the_commands_even_if_the_caller_ignores_them(tmp_path):
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    runner = (
        "import signal, sys; from pathlib import Path; from lint import stages;"
        "stages.all_stages = lambda *_: [];"
        f"stages.main({str(tmp_path)!r}, {str(tmp_path)!r});"
        f"print(stages.run_command([sys.executable, '-c', {code!r}], 30, Path({str(tmp_path / 'console.txt')!r}))[0])"
    )
    done = subprocess.run(
        python(runner),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert done.stdout.rstrip().endswith("True")
