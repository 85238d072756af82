"""Which users, questions and traces a failure is about, how long after what it happened, and what a target shows."""

import json
import re
from dataclasses import replace

import pytest

from goldenpath.evidence import gather
from goldenpath.evidence.failure import MOST_TRACES, Failure, failure_now
from goldenpath.evidence.gather import evidence_of
from goldenpath.handles import Connecting, Run, User
from goldenpath.history.exchange import Exchange
from goldenpath.usage_data import own_seed
from goldenpath.world import World


@pytest.fixture
def here() -> World:
    made = World()
    not_offered = made.target.not_offered | {"database", "redis", "platform_log"}
    vars(made)["target"] = replace(made.target, not_offered=not_offered)
    return made


def join(here: World, name: str) -> User:
    user = here.invent_user(name)
    user.channels.append(here.recorder.channel(name, "socket"))
    return user


def ask(here: World, user: User, question: str, trace_id: str = "") -> Run:
    channel = user.channels[-1]
    run = Run(user, question, f"gp-{len(user.runs)}-{user.name}", channel, here.target.dialect)
    user.runs.append(run)
    run.sent_ns = channel.record("out", "{}").at_ns
    if trace_id:
        data = {"client_message_id": run.client_message_id}
        ack = {"type": "message_ack", "run_id": f"run-{run.client_message_id}", "trace_id": trace_id, "data": data}
        channel.record("in", json.dumps(ack))
    return run


def now(here: World, message: str = "it broke", *handed: object, step_s: float = 0.0) -> Failure:
    return failure_now(here, message, handed, step_s)


def test_without_a_sign_it_is_about_the_question_that_was_sent_last(here: World) -> None:
    ada, bob = join(here, "Ada"), join(here, "Bob")
    ask(here, ada, "one", "a1")
    last = ask(here, bob, "two", "b2")
    failure = now(here)
    assert (failure.runs, failure.users, failure.traces) == ([last], [bob], {"b2": "Bob's question 'two'"})
    assert re.fullmatch(r"\d+\.\d{3} s after Bob's question 'two' was sent", failure.after)


def test_what_the_step_was_handed_counts_more_and_what_the_message_names_most(here: World) -> None:
    ada, bob = join(here, "Ada"), join(here, "Bob")
    first, second = ask(here, ada, "one", "a1"), ask(here, bob, "two", "b2")
    ask(here, bob, "three", "b3")
    assert now(here, "it broke", first).runs == [first]
    assert now(here, "it broke", [first, second]).runs == [first, second]
    assert now(here, f"the end of {second} did not come", [first, second]).runs == [second]
    assert now(here, "seq: a gap [trace a1].").runs == [first]
    assert now(here, "it broke", ada).runs == [first]


def test_a_user_without_a_question_is_told_from_the_opening_of_the_socket(here: World) -> None:
    ada, bob = join(here, "Ada"), join(here, "Bob")
    ask(here, bob, "two", "b2")
    failure = now(here, "not greeted", ada)
    assert (failure.runs, failure.users) == ([], [ada])
    assert failure.after.endswith(" s after Ada's socket was opened")
    assert now(here, "not greeted", Connecting(ada)).runs == []


def test_an_error_since_the_question_gives_its_trace(here: World) -> None:
    ada = join(here, "Ada")
    ada.channels[0].record("in", '{"type": "error", "trace_id": "old", "data": {"code": "OLD"}}')
    ask(here, ada, "one")
    ada.channels[0].record("in", '{"type": "error", "trace_id": "new", "data": {"error": {"code": "SLOW"}}}')
    assert now(here).traces == {"new": "error SLOW to Ada"}


def test_a_trace_that_a_finding_names_is_looked_for(here: World) -> None:
    join(here, "Ada")
    assert now(here, "no-token-in-frames: pong carries a token (Ada, socket) [trace ab12].").traces == {
        "ab12": "what was found"
    }


def test_without_a_question_requests_of_the_failing_step_give_the_traces(here: World) -> None:
    join(here, "Ada")
    for number in range(MOST_TRACES + 2):
        sent = here.recorder.channels[0].opened_ns
        trace = {"x-trace-id": f"t{number}"}
        here.recorder.record_exchange(Exchange("Ada", "GET", "/x", 500, sent, sent, "failed", headers=trace))
    assert not now(here).traces
    assert list(now(here, step_s=60).traces) == [f"t{number}" for number in range(2, MOST_TRACES + 2)]
    assert now(here, step_s=60).traces["t6"] == "GET /x, answered 500"


def test_what_the_target_does_not_offer_is_not_looked_for(here: World) -> None:
    ask(here, join(here, "Ada"), "one", "a1")
    shown = evidence_of(here, now(here))
    assert "Not offered by embedded: Rows in PostgreSQL, Keys in Redis, Log of the platform." in shown
    assert "said by then" in shown
    assert not here.platform_started


def test_a_part_that_is_too_long_is_named_and_left_out(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(here, join(here, "Ada"), "one", "a1")
    monkeypatch.setattr(gather, "MOST_CHARACTERS", 10)
    assert re.search(r"said by then: [\d,]+ characters, too many to show here", evidence_of(here, now(here)))


def test_one_seed_gives_each_user_a_number_of_their_own() -> None:
    numbers = {own_seed(1, "Ada", 2026), own_seed(1, "Bob", 2026), own_seed(1, "Ada", 2025), own_seed(2, "Ada", 2026)}
    assert len(numbers) == 4
    assert own_seed(1, "Ada", 2026) in numbers
