"""A whole platform for the tests of this process."""

from collections.abc import Iterator

import pytest

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions


@pytest.fixture(scope="session")
def platform() -> Iterator[EmbeddedPlatform]:
    """A running platform with default options."""
    running = EmbeddedPlatform.start(PlatformOptions())
    yield running
    running.stop()
