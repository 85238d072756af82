"""`DEFECTS` that cannot be had end the run before its first test, with exit code 2; those at work are told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from inner_run import run_inner
from robot.api import ExecutionResult

SUITES = Path(__file__).parent / "proof" / "suites"
DEFECTS = Path(__file__).parent / "proof" / "defects"
TWICE = DEFECTS / "greeted_twice.py"
ON_PURPOSE = "THIS PLATFORM IS BROKEN ON PURPOSE"


@pytest.fixture
def broken(tmp_path: Path) -> dict[str, str]:
    """Defects that nothing can be started with, by what is told of them."""
    texts = {
        "no_seam": TWICE.read_text().replace("sut.backend.upgrade:_greet", "sut.backend.upgrade:_salute"),
        "no_python": "this is no Python",
        "no_defect": "DEFECT = 1",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    return {
        "auth.no_such": "There is no defect 'auth.no_such'; near: auth.",
        f"auth.secret_split,{tmp_path / 'gone.py'}": "There is no defect",
        str(tmp_path / "no_seam.py"): "there is no seam sut.backend.upgrade:_salute",
        str(tmp_path / "no_python.py"): "SyntaxError",
        str(tmp_path / "no_defect.py"): "is no defect",
    }


def test_plain_robot(tmp_path: Path, broken: dict[str, str]) -> None:
    for wanted, told in broken.items():
        run = run_inner(SUITES, tmp_path / "out", "--variable", f"DEFECTS:{wanted}")
        assert run.return_code == 2
        assert "[ ERROR ] DEFECTS:" in run.console
        assert told in run.console
        assert "PASS" not in run.console
        assert "FAIL" not in run.console


@pytest.mark.parametrize("target", ["local", "staging"])
def test_a_platform_of_somebody_else_is_not_broken(tmp_path: Path, target: str) -> None:
    addresses = {f"GOLDENPATH_{name}_URL": "http://127.0.0.1:1" for name in ("AUTH", "BACKEND")}
    for env in ({}, addresses):
        options = ("--variable", "DEFECTS:auth.secret_split", "--variable", f"TARGET:{target}")
        run = run_inner(SUITES, tmp_path / "out", *options, env=env)
        assert run.return_code == 2
        assert "[ ERROR ] DEFECTS:" in run.console
        assert "FAIL" not in run.console


def test_pabot(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pabot.pabot", "--pabotlibport", "0", "--processes", "2"]
    done = subprocess.run(
        [*command, "--variable", "DEFECTS:auth.no_such", "--outputdir", str(tmp_path), str(SUITES)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 252
    assert "There is no defect 'auth.no_such'" in done.stdout + done.stderr
    assert "0 tests, 0 passed" in done.stdout


def test_a_dry_run_starts_nothing(tmp_path: Path) -> None:
    reached = tmp_path / "reached"
    reached.mkdir()
    options = ("--dryrun", "--variable", "DEFECTS:auth.no_such")
    run = run_inner(
        SUITES, tmp_path / "out", *options, env={"GP_DEFECTS_REACHED": str(reached), "TMPDIR": str(tmp_path)}
    )
    assert run.return_code == 0
    assert list(reached.iterdir()) == []
    assert not list(tmp_path.glob("golden-path-*"))


def test_active_defects_stand_in_the_metadata_of_every_suite(tmp_path: Path) -> None:
    path = os.path.relpath(TWICE)
    run = run_inner(SUITES, tmp_path, "--variable", f"DEFECTS:{path}", "--test", "Bob Logs In", "--test", "Ada Logs In")
    assert run.return_code == 0
    suite = ExecutionResult(str(tmp_path / "output.xml")).suite
    for one in (suite, *suite.suites):
        assert ON_PURPOSE in one.metadata["Defects"]
        assert str(TWICE) in one.metadata["Defects"]


def test_without_defects_nothing_is_said(tmp_path: Path) -> None:
    run_inner(SUITES / "one.robot", tmp_path, "--variable", "DEFECTS:", "--test", "Ada Logs In")
    assert "Defects" not in ExecutionResult(str(tmp_path / "output.xml")).suite.metadata
