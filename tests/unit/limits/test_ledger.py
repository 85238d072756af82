"""Times that keywords measure in passing are judged at once, and all together in the end."""

import pytest

from goldenpath.errors import PromiseBroken
from goldenpath.limits.ledger import Ledger


def test_a_time_beyond_its_limit_is_refused_and_still_counted() -> None:
    ledger = Ledger()
    assert ledger.keep("websocket_connect", 2.0, "Ada's connect") == ""
    with pytest.raises(PromiseBroken, match=r"Ada's connect took 2\.50 s; limit-websocket_connect allows 2 s\."):
        ledger.keep("websocket_connect", 2.5, "Ada's connect")
    assert [(ruling.verdict, ruling.n) for ruling in ledger.rulings()] == [("broken", 2)]


def test_on_a_foreign_platform_a_time_inside_the_floor_is_a_warning() -> None:
    ledger = Ledger(foreign=True)
    assert "inside the floor of 3 s: degraded" in ledger.keep("websocket_connect", 2.5, "Ada's connect")
    with pytest.raises(PromiseBroken):
        ledger.keep("websocket_connect", 3.5, "Ada's connect")


def test_few_good_times_prove_nothing_and_enough_do() -> None:
    ledger = Ledger()
    verdicts = []
    for _ in range(5):
        ledger.keep("first_event", 0.1, "the first event")
        verdicts.append(ledger.rulings()[0].verdict)
    assert verdicts == ["unproven"] * 4 + ["kept"]
