import socket

import pytest

from goldenpath.errors import PlatformStartError
from goldenpath.platform import ports


def test_a_free_port_is_in_the_range_and_given_once():
    given = [ports.free_port() for _ in range(50)]
    try:
        assert len(set(given)) == 50
        assert all(ports.LOWEST <= port < ports.HIGHEST for port in given)
    finally:
        ports.give_back(*given)


def test_a_port_that_somebody_listens_on_is_not_free():
    with socket.create_server((ports.HOST, 0)) as taken:
        assert not ports.is_free(taken.getsockname()[1])


def test_when_no_port_is_free_it_says_so(monkeypatch):
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(PlatformStartError, match="no free TCP port was found between 15000 and 32000"):
        ports.free_port()
