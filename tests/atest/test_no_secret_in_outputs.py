"""No secret stands in what a run leaves behind, and the search that says so finds one that was planted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lint.leaks import find_leaks

SUITES = Path(__file__).parents[2] / "suites"
SECRET = "q7-Kite&Harbour/Lantern"
SUITE = """*** Settings ***
Documentation    A password comes in by the environment, as a Secret, and is used.


*** Test Cases ***
A Password Is Used
    VAR    ${{password: Secret}}    %{{GOLDENPATH_TEST_PASSWORD}}
    Should Be Equal    ${{password.value.__class__.__name__}}    str
    Log    The password is ${{password}}.
    {leak}
"""
NO_LEAK = "No Operation"
LEAKS = {
    "logged": "Log    the password is ${password.value}",
    "compressed in the log": "Log    " + "the password is " * 9 + "${password.value}",
    "in a failure": "Run Keyword And Expect Error    *    Fail    no ${password.value}",
    "on the console": "Log To Console    ${password.value}",
}


def run_pabot(folder: Path, leak: str) -> Path:
    """Run a suite as the README does, and return the folder with all that it left, its console output included."""
    suites, results = folder / "suites", folder / "results"
    suites.mkdir()
    results.mkdir()
    (suites / "password.robot").write_text(SUITE.format(leak=leak), encoding="utf-8")
    command = [sys.executable, "-m", "pabot.pabot", "--pabotlibport", "0", "--loglevel", "TRACE"]
    done = subprocess.run(
        [*command, "--outputdir", str(results), str(suites)],
        env={**os.environ, "GOLDENPATH_TEST_PASSWORD": SECRET},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (results / "console.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    return results


def test_a_secret_from_the_environment_is_nowhere(tmp_path):
    assert find_leaks(run_pabot(tmp_path, NO_LEAK), [SECRET]) == []


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_found(tmp_path, leak):
    leaks = find_leaks(run_pabot(tmp_path, LEAKS[leak]), [SECRET])
    assert {leak.file for leak in leaks} & {"output.xml", "console.txt"}


def test_a_run_of_the_journeys_leaves_no_secret(tmp_path):
    kept = tmp_path / "secrets.txt"
    results = tmp_path / "results"
    results.mkdir()
    listener = Path(__file__).with_name("secret_keeper.py")
    command = [sys.executable, "-m", "pabot.pabot", "--processes", "2", "--pabotlibport", "0", "--loglevel", "TRACE"]
    done = subprocess.run(
        [*command, "--listener", str(listener), "--outputdir", str(results), str(SUITES / "journey")],
        env={**os.environ, "GOLDENPATH_TEST_SECRETS": str(kept)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    (results / "console.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    secrets = set(kept.read_text(encoding="utf-8").split())
    # four users with a password and two tokens each, and what opens two stores and the mocked LLM, in two processes
    assert len(secrets) >= 4 * 3 + 2 * 2, len(secrets)
    assert find_leaks(results, secrets) == []
