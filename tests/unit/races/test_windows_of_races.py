"""What the races count, what they take for a clean refusal, and what they find missing."""

import json

import pytest

from goldenpath.checks import CHECKS
from goldenpath.clients.answers import NoAnswer
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.recorder import Channel, Recorder
from goldenpath.races import promises, runs, sockets
from goldenpath.races.tally import FEWEST_IN_WINDOW, Tally, VoidError
from goldenpath.targets.dialect import CONTRACT


def tally(tries: int, hits: int, fewest: int = 50) -> Tally:
    counted = Tally("tries", "in the window", fewest)
    for number in range(tries):
        counted.add(number < hits)
    return counted


def test_a_tally_says_how_many_tries_hit_the_window() -> None:
    assert tally(60, 12).conclude() == "60 tries, 12 of them in the window."


@pytest.mark.parametrize(
    ("tries", "hits"), [(49, 49), (60, FEWEST_IN_WINDOW - 1)], ids=["too few tries", "too few in the window"]
)
def test_too_few_are_void_and_no_verdict(tries: int, hits: int) -> None:
    with pytest.raises(VoidError, match=f"^void: {tries} tries, {hits} of them") as void:
        tally(tries, hits).conclude()
    assert not isinstance(void.value, PromiseBroken)


@pytest.mark.parametrize(
    ("headers", "says"),
    [({"Retry-After": "1"}, True), ({"retry-after": "5"}, True), ({"Retry-After": "soon"}, False), ({}, False)],
)
def test_a_clean_refusal_says_when_to_come_again(headers: dict[str, str], says: bool) -> None:
    assert sockets.says_when_to_come_again(headers) is says


def asked(recorder: Recorder, *told: list[int]) -> tuple[Run, list[Channel]]:
    """A question in thread t, and connections that were told some of its numbers."""
    user, channels = User.invent("Ada"), []
    for seqs in told:
        channel = recorder.channel("Ada", "race")
        for seq in seqs:
            channel.record("in", json.dumps({"type": "agent_thinking", "thread_id": "t", "run_id": "r", "seq": seq}))
        channels.append(channel)
    return Run(user, "How much?", "gp-1", channels[0], CONTRACT, "t"), channels


def test_two_connections_together_may_tell_everything() -> None:
    run, channels = asked(Recorder(), [1, 2, 3], [3, 4, 5])
    runs.nothing_missing(run, channels, promises.MISSED_IS_TOLD)


def test_a_number_that_came_on_no_connection_is_missing() -> None:
    run, channels = asked(Recorder(), [1, 2], [4, 5])
    with pytest.raises(PromiseBroken, match=r"^missed-is-told-again: seq 3 of Ada's question"):
        runs.nothing_missing(run, channels, promises.MISSED_IS_TOLD)


def test_the_last_number_is_that_of_the_thread() -> None:
    _, (channel,) = asked(Recorder(), [1, 7, 2])
    assert runs.last_seq(channel, "t") == 7
    assert runs.last_seq(channel, "another") == 0


def test_each_promise_is_in_the_book() -> None:
    own = {name for name in vars(promises) if name.isupper()}
    assert {getattr(promises, name).name for name in own} <= set(CHECKS)


async def test_events_that_never_came_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = asked(Recorder(), [1])
    with pytest.raises(
        PromiseBroken, match=r"^early-question-loses-nothing: agent_started, .*agent_completed of Ada's"
    ):
        runs.shows_all_five(run, promises.EARLY_QUESTION)
    monkeypatch.setattr(runs, "patience_s", lambda: 0.01)
    with pytest.raises(PromiseBroken, match=r"^cut-run-finishes: agent_started of Ada's question"):
        await runs.shown(run, "agent_started", promises.CUT_RUN_FINISHES)
    assert not issubclass(VoidError, NoAnswer)
