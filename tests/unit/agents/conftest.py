"""What the tests of the agents share."""

from collections.abc import Iterator

import pytest
from agent_fakes import FakeLlm, MemoryJournal, MemoryUsage


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal()


@pytest.fixture
def usage() -> MemoryUsage:
    return MemoryUsage()


@pytest.fixture
def llm() -> FakeLlm:
    return FakeLlm()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses that were asked for; none is made."""
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("sut.agents.llm.pause", note)
    monkeypatch.setattr("sut.agents.toolbox.pause", note)
    return waited
