"""What the tests of the clients share."""

import pytest

from goldenpath.history.recorder import Channel, Recorder


@pytest.fixture
def channel() -> Channel:
    return Recorder().channel("ada", "socket")
