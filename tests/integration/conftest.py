"""A whole platform for the tests of this process."""

from collections.abc import Iterator

import pytest

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from sut.common.settings import ISOLATIONS, Isolation


@pytest.fixture
def level() -> Isolation:
    """How far transactions are kept apart: as by default, unless the test is marked with `at_every_level`."""
    return ISOLATIONS[0]


@pytest.fixture(scope="session")
def platform() -> Iterator[EmbeddedPlatform]:
    """A running platform with default options."""
    running = EmbeddedPlatform.start(PlatformOptions())
    yield running
    running.stop()
