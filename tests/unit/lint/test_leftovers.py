"""What a run leaves behind is found, and nothing else."""

import os
import subprocess
import sys

import pytest

from lint.leftovers import find_leftovers, processes

WAIT = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]


@pytest.fixture
def start():
    """Start processes that live until their standard input is closed."""
    started = []

    def start_one(**options):
        process = subprocess.Popen(
            options.pop("command", WAIT), stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield start_one
    for process in started:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


@pytest.fixture
def work(tmp_path):
    folder = tmp_path / "gp-ci.x"
    (folder / "tmp").mkdir(parents=True)
    return folder


def test_a_clean_directory_has_nothing_left(work, start):
    (work / "tmp" / "golden-path-cache-0").mkdir()
    (work / "tmp" / "pytest-of-ada").mkdir()
    start()
    assert find_leftovers(work, within_s=0.5) == []


def test_a_directory_of_a_platform_is_told(work):
    (work / "tmp" / "golden-path-0-abc").mkdir()
    assert find_leftovers(work, within_s=0.5) == [f"directory {work}/tmp/golden-path-0-abc"]


def test_a_process_is_told_and_ended_wherever_it_names_the_directory(work, start):
    by_folder = start(cwd=work)
    by_argument = start(command=[*WAIT, str(work / "tmp")])
    by_environment = start(env={**os.environ, "TMPDIR": str(work / "tmp")})
    assert set(processes(work)) == {by_folder.pid, by_argument.pid, by_environment.pid}
    left = find_leftovers(work, within_s=0.5)
    assert sorted(line.split(",")[0] for line in left) == sorted(
        f"process {process.pid}" for process in (by_folder, by_argument, by_environment)
    )
    assert [process.wait(10) for process in (by_folder, by_argument, by_environment)] == [-9, -9, -9]


def test_a_process_that_is_just_ending_is_waited_for(work, start):
    process = start(cwd=work)
    process.stdin.close()
    assert find_leftovers(work, within_s=20) == []
