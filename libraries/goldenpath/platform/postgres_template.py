"""A migrated PostgreSQL cluster in the cache: made once a machine and account, copied at each start."""

import hashlib
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from goldenpath import runtime
from goldenpath.errors import PlatformStartError
from goldenpath.platform import manifest, places, ports
from goldenpath.platform.accounts import closed_to_others, give_to
from goldenpath.platform.environment import service_environment
from goldenpath.platform.order import Account
from goldenpath.platform.postgres_binaries import PostgresBinaries
from goldenpath.platform.postgres_server import (
    DATABASE,
    SERVICE_ACCOUNT,
    SUPERUSER,
    PostgresAddress,
    postgres_order,
    wait_for_postgres,
)
from goldenpath.platform.process import ServerProcess

PASSWORD_FILE = "password"  # noqa: S105 - its name
SERVICE_PASSWORD_FILE = "service-password"  # noqa: S105 - its name
MIGRATE_WITHIN_S = 60.0
INITDB_WITHIN_S = 60.0
READY_WITHIN_S = 30.0
MIN_VERSION_OF_IO_METHOD = 18
MIN_VERSION_OF_SCRAM_ITERATIONS = 16
# Many rounds protect a password that people choose; these are random, and each connection pays for the rounds.
_FEW_ROUNDS = "SET scram_iterations = 1"

# Nothing is lost when a server is killed (synchronous_commit), only when the whole machine is; that is what tests need.
# All that it writes, shared memory too, is below its data directory, so that nothing stays elsewhere if it is killed.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
synchronous_commit = on
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
shared_buffers = 32MB
max_parallel_workers_per_gather = 0
max_wal_size = 64MB
dynamic_shared_memory_type = mmap
"""


@dataclass(frozen=True)
class PostgresTemplate:
    """A cluster to copy.

    Args:
        tree: A directory with ``data`` and the ``manifest.json`` of it.
        password: The superuser's, in every copy; only this account can read it.
        service_password: The same of the account in which the services log in.
    """

    tree: places.Cached
    password: str = field(repr=False)
    service_password: str = field(repr=False)


def postgres_template(binaries: PostgresBinaries, account: Account | None) -> PostgresTemplate:
    """Find the template or make it.

    Args:
        binaries: PostgreSQL's programs.
        account: Who runs them; `None` is the owner.

    Returns:
        The template.

    Raises:
        PlatformStartError: It cannot be made; the text says what to do.
    """
    if account is not None and (barrier := closed_to_others(places.cache_directory())) is not None:
        raise PlatformStartError(
            f"PostgreSQL refuses to run as root, and no other account may enter {barrier}: "
            "set TMPDIR to a directory that is open to all, for example /tmp"
        )
    name = f"template-{_hash(binaries, account)}"

    def build(target: Path) -> None:
        _build(target, binaries, account)

    tree = places.cached(name, build)
    try:
        return _template_in(tree)
    except FileNotFoundError:  # a cleaner of old temporary files was here
        places.discard(tree)
        return _template_in(places.cached(name, build))


def _template_in(tree: places.Cached) -> PostgresTemplate:
    passwords = ((tree.path / name).read_text() for name in (PASSWORD_FILE, SERVICE_PASSWORD_FILE))
    return PostgresTemplate(tree, *passwords)


def _hash(binaries: PostgresBinaries, account: Account | None) -> str:
    """Hash everything that the template depends on."""
    digest = hashlib.sha256(f"{binaries.identity()} {account}".encode())
    for source in sorted([*_migrations(), Path(__file__)]):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _migrations() -> list[Path]:
    spec = find_spec("sut")
    if spec is None or not spec.submodule_search_locations:
        raise PlatformStartError("the package sut is not installed: run `pip install -r requirements.txt`")
    root = Path(spec.submodule_search_locations[0])
    below = (root / "store" / "migrations").rglob("*")
    return [root / "migrate.py", *(path for path in below if path.suffix in {".py", ".sql"})]


def _build(target: Path, binaries: PostgresBinaries, account: Account | None) -> None:
    data, password_file = target / "data", target / PASSWORD_FILE
    password, service_password = secrets.token_hex(32), secrets.token_hex(32)
    for path, text in ((password_file, password), (target / SERVICE_PASSWORD_FILE, service_password)):
        path.touch(0o600)
        path.write_text(text)
    data.mkdir(0o700)
    give_to(account, data, password_file)
    _initdb(binaries, account, data, password_file)
    if account is not None:
        os.chown(password_file, 0, 0)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(SETTINGS + _settings_by_version(data))
    shared = places.new_platform_directory()
    address = PostgresAddress(ports.free_port(), password, shared.name, service_password)
    order = postgres_order(shared, binaries, account, address, data_directory=data)
    server = ServerProcess(order)
    try:
        runtime.run(_fill(server, address))
        migrate(address.url(DATABASE))
        runtime.run(_add_service_account(address))
    finally:
        server.stop()
        ports.give_back(address.port)
    manifest.write(data, target / "manifest.json")


def _initdb(binaries: PostgresBinaries, account: Account | None, data: Path, password_file: Path) -> None:
    command = [str(binaries.bin / "initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "scram-sha-256"]
    command += ["--pwfile", str(password_file), "-E", "UTF8", "--no-locale", "--no-sync", "--wal-segsize=1"]
    try:
        done = subprocess.run(
            command,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            cwd=data,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=INITDB_WITHIN_S,
            check=False,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except subprocess.TimeoutExpired:
        raise PlatformStartError(
            f"initdb did not end within {INITDB_WITHIN_S:g} s: is this machine overloaded?"
        ) from None
    if done.returncode:
        said = " ".join(line for line in done.stderr.splitlines() if "error" in line.lower()) or done.stderr.strip()
        raise PlatformStartError(
            f"PostgreSQL's initdb refused to make a data directory in {places.temp_root()} (code {done.returncode}): "
            f"{said or 'it said nothing'}. If the disk is full, free space or set TMPDIR; "
            "else set GOLDENPATH_POSTGRES_URL to a server of your own"
        )


def _settings_by_version(data: Path) -> str:
    version = int((data / "PG_VERSION").read_text().split(".")[0])
    # Input and output by the servers' own processes: helper processes gain nothing here and cost a start each time.
    return "io_method = sync\n" if version >= MIN_VERSION_OF_IO_METHOD else ""


async def _fill(server: ServerProcess, address: PostgresAddress) -> None:
    await wait_for_postgres(server, address, "template1", READY_WITHIN_S)
    connection = await asyncpg.connect(address.url("template1"), ssl=False)
    try:
        if connection.get_server_version().major >= MIN_VERSION_OF_SCRAM_ITERATIONS:
            await connection.execute(_FEW_ROUNDS)
            await connection.execute(f"ALTER ROLE {SUPERUSER} PASSWORD '{address.password}'")
        # The fewer databases, the fewer files to copy at each start: a database has about 300.
        await connection.execute(f"ALTER DATABASE postgres RENAME TO {DATABASE}")
        await connection.execute("ALTER DATABASE template0 IS_TEMPLATE false")
        await connection.execute("DROP DATABASE template0")
    finally:
        await connection.close()


async def _add_service_account(address: PostgresAddress) -> None:
    """Add the account in which the services log in: it may do nothing but take on the roles of the platform."""
    connection = await asyncpg.connect(address.url(), ssl=False)
    try:
        if connection.get_server_version().major >= MIN_VERSION_OF_SCRAM_ITERATIONS:
            await connection.execute(_FEW_ROUNDS)
        await connection.execute(
            f"CREATE ROLE {SERVICE_ACCOUNT} LOGIN NOINHERIT PASSWORD '{address.service_password}';"
            f" GRANT gp_app, gp_system TO {SERVICE_ACCOUNT}"
        )
    finally:
        await connection.close()


def migrate(url: str, *options: str) -> None:
    """Bring a database to the platform's newest schema.

    Args:
        url: The database, with the owner's password.
        options: More of the migration's command line.

    Raises:
        PlatformStartError: It did not work; the text holds the end of what the migration said.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sut.migrate", *options],
            env=service_environment(GP_POSTGRES_URL=url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MIGRATE_WITHIN_S,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise PlatformStartError(f"the migration did not end within {MIGRATE_WITHIN_S:g} s") from None
    if done.returncode:
        raise PlatformStartError(f"`python -m sut.migrate` ended with code {done.returncode}: {done.stderr[-2000:]}")
