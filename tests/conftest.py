"""Servers for all tests of this process: its own, started at the first use, gone at its end."""

from collections.abc import Iterator

import pytest

from goldenpath.platform.postgres import EmbeddedPostgres
from goldenpath.platform.service import start_set
from goldenpath.platform.valkey import EmbeddedValkey


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL with the migrated database."""
    servers, postgres = start_set(lambda services: services.add(EmbeddedPostgres(services.directory)))
    yield postgres
    servers.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: EmbeddedPostgres) -> str:
    """The migrated database, as its owner."""
    return postgres_server.url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedValkey]:
    """A running, empty Valkey."""
    servers, valkey = start_set(lambda services: services.add(EmbeddedValkey(services.directory)))
    yield valkey
    servers.stop()


@pytest.fixture(scope="session")
def redis_url(valkey_server: EmbeddedValkey) -> str:
    """The Valkey, with its password; each test takes a key prefix of its own."""
    return valkey_server.url
