"""One platform behind the adapter, and users who speak its dialect."""

from collections.abc import AsyncIterator, Iterator

import pytest
from edge_user import Person, new_person

from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions


@pytest.fixture(scope="session")
def platform() -> Iterator[EmbeddedPlatform]:
    """A running platform that is spoken to in the dialect "netra-apex"."""
    running = EmbeddedPlatform.start(PlatformOptions(edge="netra-apex", openid=True))
    yield running
    running.stop()


@pytest.fixture
async def ada(platform: EmbeddedPlatform) -> AsyncIterator[Person]:
    """A user; when they are gone nothing must have been logged as an error."""
    person = await new_person(platform)
    yield person
    await person.leave()
    assert platform.error_lines() == []


@pytest.fixture
async def bob(platform: EmbeddedPlatform) -> AsyncIterator[Person]:
    """Another user, of another tenant."""
    person = await new_person(platform)
    yield person
    await person.leave()
