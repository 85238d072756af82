"""A platform with a quick heartbeat, so that every type of frame can be seen, and room for many requests."""

from collections.abc import AsyncIterator, Iterator

import pytest
from checked import Visitor

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions


@pytest.fixture(scope="session")
def lively() -> Iterator[EmbeddedPlatform]:
    options = PlatformOptions(backend_options=("--heartbeat", "1", "--rate-burst", "1000000"), openid=True)
    running = EmbeddedPlatform.start(options)
    yield running
    running.stop()


@pytest.fixture
async def ada(lively: EmbeddedPlatform) -> AsyncIterator[Visitor]:
    """A user with usage data; when they leave, every answer and frame that they got must be as described."""
    visitor = await Visitor.arrive(lively)
    yield visitor
    await visitor.leave()
    assert visitor.faults == []
