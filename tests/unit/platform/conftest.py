from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goldenpath.platform.order import ServerOrder
from goldenpath.platform.process import ServerProcess


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path / "a platform"


@pytest.fixture
def start(shared: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Start guarded programs; whatever is left of them is gone after the test."""
    started: list[ServerProcess] = []

    def start_one(name: str, *argv: str, uses: tuple[ServerProcess, ...] = (), **order: Any) -> ServerProcess:
        server = ServerProcess(ServerOrder(name=name, shared=shared, argv=argv, **order), uses)
        started.append(server)
        return server

    yield start_one
    for server in started:
        server.release()
    for server in started:
        server.stop()
