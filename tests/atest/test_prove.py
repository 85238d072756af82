"""`python -m goldenpath.prove` on suites and defects of its own: what it tells, writes, and leaves behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from goldenpath.polling import NotYet, until
from goldenpath.project import ROOT
from lint.leftovers import directories, processes

HERE = Path(__file__).parent / "proof"
DEFECTS = HERE / "defects"
PROVE = [sys.executable, "-m", "goldenpath.prove", "--suites", str(HERE / "suites"), "--catalogue"]


def prove(output: Path, *options: str, catalogue: Path = HERE / "catalogue") -> subprocess.CompletedProcess[str]:
    command = [*PROVE, str(catalogue), "--output", str(output), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False, cwd=ROOT)


def path_of(name: str) -> str:
    return str(DEFECTS / f"{name}.py")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """All defects of the folder, once."""
    output = tmp_path_factory.mktemp("proof")
    return prove(output, "--seed", "1", "--defect", *map(str, sorted(DEFECTS.glob("*.py")))), output


def read(output: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads((output / "proof.json").read_text(encoding="utf-8"))
    return written


def test_each_pair_gets_its_state(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, output = told
    assert done.returncode == 1, done.stdout + done.stderr
    states = {
        (one["name"], name): cell["state"] for one in read(output)["defects"] for name, cell in one["cells"].items()
    }
    assert states == {
        ("own.greeted_twice", "OWN-1"): "killed",
        ("own.named_wrongly", "OWN-1"): "wrong reason",
        ("own.harmless", "OWN-1"): "survived",
        ("own.harmless", "OWN-9"): "open",
        ("own.unreached", "OWN-2"): "not reached",
        ("own.dead", "OWN-2"): "wrong reason",
    }


def test_breadth_is_measured(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    by_name = {one["name"]: one for one in read(told[1])["defects"]}
    assert by_name["own.greeted_twice"]["breadth"] == [1, 3]
    assert by_name["own.unreached"]["breadth"] == [0, 3]
    assert by_name["own.dead"]["breadth"] == [3, 3]
    assert any("own.dead: all 3 controls turned red" in one for one in read(told[1])["failures"])
    assert 0 < by_name["own.greeted_twice"]["first_red_s"] < by_name["own.greeted_twice"]["seconds"]


def test_lists_and_page(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    written, shown = read(told[1]), (told[1] / "proof.html").read_text(encoding="utf-8")
    assert written["defects_nobody_kills"] == ["own.dead", "own.harmless", "own.named_wrongly", "own.unreached"]
    assert written["scenarios_never_red"] == ["OWN-2", "OWN-3"]
    assert written["open_scenarios"] == ["OWN-9"]
    assert "greeting-once" not in written["promises_never_red"]
    assert "own.greeted_twice" in shown


def test_it_tells_a_line_a_defect(told: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    lines = told[0].stdout.splitlines()
    assert lines[0] == "5 defects, 6 pairs, chosen defects; seed 1"
    assert lines[1].startswith("5 tests are green without a defect")
    assert [line[:5] for line in lines if line.startswith("[")] == [f"[{number}/5]" for number in range(1, 6)]


def test_a_pair_that_holds_is_exit_code_0(tmp_path: Path) -> None:
    done = prove(tmp_path, "--defect", path_of("greeted_twice"))
    assert done.returncode == 0, done.stdout
    assert read(tmp_path)["holds"] is True


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--defect", "auth.no_such"], "There is no defect 'auth.no_such'"),
        (["--defect", "no_such.py"], "There is no defect"),
        (["--defect", path_of("greeted_twice"), "--suite", "nowhere"], "No catalogue is about suites/nowhere"),
        (["--defect", path_of("greeted_twice"), "--processes", "0"], "at least 1"),
        (["--quick", "--all"], "not allowed with"),
    ],
)
def test_what_cannot_begin(tmp_path: Path, options: list[str], told: str) -> None:
    done = prove(tmp_path, *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "proof.json").exists()


def test_claims_that_nobody_knows_stop_it(tmp_path: Path) -> None:
    text = Path(path_of("greeted_twice")).read_text(encoding="utf-8")
    mine = tmp_path / "mine.py"
    mine.write_text(text.replace("OWN-1", "OWN-77").replace('"greeting-once"', '"greeting-seldom"'), encoding="utf-8")
    done = prove(tmp_path, "--defect", str(mine))
    assert done.returncode == 2
    assert "OWN-77" in done.stderr
    assert "greeting-seldom" in done.stderr


def test_a_suite_that_is_red_without_a_defect_stops_it(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "red.robot").write_text(
        "*** Test Cases ***\nOne\n    [Tags]    own-1\n    Fail    as it is\n"
    )
    done = prove(tmp_path, "--defect", path_of("greeted_twice"), "--suites", str(tmp_path / "suites"))
    assert done.returncode == 1
    assert "as it is" in done.stdout
    assert not (tmp_path / "proof.json").exists()


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    """A directory that everything of the run names."""
    (tmp_path / "tmp").mkdir()
    if os.geteuid() == 0:  # PostgreSQL runs as another account
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o711)
    yield tmp_path
    for pid in processes(tmp_path):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupt_leaves_no_process_and_writes_what_there_is(work: Path, number: signal.Signals) -> None:
    console = work / "console.txt"
    options = ["--output", str(work / "proof"), "--processes", "1", "--defect"]
    options += [path_of(name) for name in ("greeted_twice", "harmless", "unreached")]
    with console.open("wb") as output:
        run = subprocess.Popen(
            [*PROVE, str(HERE / "catalogue"), *options],
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(work / "tmp")},
            start_new_session=True,
        )

    async def second_begun() -> bool:
        if run.poll() is not None:
            pytest.fail(console.read_text())
        if "[1/3]" not in console.read_text() or "postgres" not in processes(work).values():
            raise NotYet("no defect done, or no platform up")
        return True

    await until(second_begun, within_s=90, every_s=0.1, what="the second defect")
    run.send_signal(number)
    assert run.wait(60) == 130

    async def nothing_left() -> bool:
        if left := [*processes(work), *directories(work)]:
            raise NotYet(str(left))
        return True

    await until(nothing_left, within_s=20, every_s=0.1, what="the end of everything")
    written = read(work / "proof")
    assert written["interrupted"] is True
    states = [cell["state"] for one in written["defects"] for cell in one["cells"].values()]
    assert len(written["defects"]) == 3
    assert states.count("not run") == 2
    assert (work / "proof" / "proof.html").exists()
