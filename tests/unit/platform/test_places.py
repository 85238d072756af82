import os
import subprocess
import sys
import tempfile

import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform import places

RACER = """
import os, pathlib, sys
from goldenpath.platform import places
root = pathlib.Path(sys.argv[1])
def build(target):
    (target / "content").write_text("whole")
    os.close(os.open(root / "builds" / str(os.getpid()), os.O_CREAT | os.O_EXCL))
sys.stdin.read()
print((places.cached("thing-1", build).path / "content").read_text())
"""


@pytest.fixture
def temp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def content(text):
    return lambda target: (target / "content").write_text(text)


def test_four_processes_at_once_build_it_once(tmp_path):
    (tmp_path / "builds").mkdir()
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(4)
    ]
    for racer in racers:
        racer.stdin.close()  # the signal to go
        racer.stdin = None
    assert [racer.communicate(timeout=30)[0] for racer in racers] == [b"whole\n"] * 4
    assert len(list((tmp_path / "builds").iterdir())) == 1


def test_it_is_built_once_and_found_again(temp):
    first = places.cached("thing-1", content("one"))
    assert places.cached("thing-1", content("two")) == first
    assert (first.path / "content").read_text() == "one"


def test_a_failed_build_leaves_nothing_and_is_tried_again(temp):
    def fail(_target):
        raise PlatformStartError("no")

    with pytest.raises(PlatformStartError, match="no"):
        places.cached("thing-1", fail)
    assert [entry.suffix for entry in places.cache_directory().iterdir()] == [".lock"]
    assert places.cached("thing-1", content("one")).path.is_dir()


def test_what_a_killed_builder_left_is_removed_by_the_next(temp):
    left = places.cache_directory() / f"thing-1.dead{places.BUILDING}"
    left.mkdir()
    places.cached("thing-1", content("one"))
    assert not left.exists()


def test_what_nobody_used_for_a_day_is_removed_by_the_next_build(temp):
    old = places.cached("thing-1", content("one")).path
    used = places.cached("thing-2", content("two")).path
    other_kind = places.cached("other-1", content("three")).path
    long_ago = old.stat().st_mtime - places.UNUSED_AFTER_S - 10
    os.utime(old, (long_ago, long_ago))
    os.utime(other_kind, (long_ago, long_ago))
    places.cached("thing-3", content("four"))
    assert (old.exists(), used.exists(), other_kind.exists()) == (False, True, True)


def test_only_the_damaged_tree_is_discarded_not_its_successor(temp):
    damaged = places.cached("thing-1", content("one"))
    places.discard(damaged)
    assert not damaged.path.exists()
    anew = places.cached("thing-1", content("two"))
    places.discard(damaged)
    assert places.cached("thing-1", content("three")) == anew


def test_the_cache_is_closed_to_others(temp):
    mode = places.cache_directory().stat().st_mode & 0o777
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_link_in_place_of_the_cache_is_refused(temp):
    (temp / f"golden-path-cache-{os.geteuid()}").symlink_to(temp)
    with pytest.raises(PlatformStartError, match="belongs to another account: remove it, or set TMPDIR"):
        places.cache_directory()


def test_no_directory_for_temporary_files(monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(PlatformStartError, match="set TMPDIR"):
        places.cache_directory()


def test_a_directory_that_the_user_chose_is_used(temp, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(temp))
    assert places.new_platform_directory().parent == temp


def test_with_little_room_in_memory_the_disk_is_used(temp, monkeypatch):
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "MEMORY_ROOM_BYTES", 1 << 62)
    assert places.new_platform_directory().parent == temp
