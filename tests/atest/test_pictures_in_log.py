"""The pictures arrive in the log of a real run, and in the one that pabot puts together from several."""

import os
import subprocess
import sys
from pathlib import Path

from inner_run import run_inner
from robot import result
from robot.api import ExecutionResult
from samples import pictures, transcripts

LIBRARY = """
from robot.api import logger
from robot.api.deco import library
from samples import pictures, transcripts


class AtTheEnd:
    def end_test(self, data, result):
        for html in (pictures() | transcripts()).values():
            logger.info(html, html=True)


@library(listener=AtTheEnd())
class Pictures:
    pass
"""

SUITE = """
*** Settings ***
Library    Pictures.py

*** Test Cases ***
A Test
    No Operation
"""


def prepare(folder: Path, *names: str) -> dict[str, str]:
    folder.joinpath("Pictures.py").write_text(LIBRARY, encoding="utf-8")
    for name in names:
        folder.joinpath(f"{name}.robot").write_text(SUITE, encoding="utf-8")
    return {
        "PYTHONPATH": str(Path(__file__).parents[1] / "unit" / "reporting"),
        # pabot starts whatever `robot` it finds first
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def shown_in(test: result.TestCase) -> list[str]:
    return [str(message.message) for message in test.body.filter(messages=True) if message.html]


def test_they_stand_in_the_test_itself_unchanged(tmp_path: Path) -> None:
    env = prepare(tmp_path, "one")
    run = run_inner(tmp_path / "one.robot", tmp_path / "results", env=env)
    assert run.return_code == 0, run.console
    [test] = ExecutionResult(str(run.folder / "output.xml")).suite.all_tests
    assert shown_in(test) == list((pictures() | transcripts()).values())


def test_pabot_keeps_them(tmp_path: Path) -> None:
    env = prepare(tmp_path, "one", "two")
    command = [sys.executable, "-m", "pabot.pabot", "--processes", "2", "--pabotlibport", "0", "--outputdir", "results"]
    done = subprocess.run(
        [*command, "one.robot", "two.robot"],
        cwd=tmp_path, env={**os.environ, **env}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    tests = list(ExecutionResult(str(tmp_path / "results" / "output.xml")).suite.all_tests)
    assert len(tests) == 2
    for test in tests:
        assert shown_in(test) == list((pictures() | transcripts()).values())
    # everything is in the one file: nothing was written beside it
    assert {path.name for path in (tmp_path / "results").iterdir()} == {
        "log.html", "report.html", "output.xml", "pabot_results",
    }  # fmt: skip
