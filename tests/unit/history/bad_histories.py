"""For each rule: what to change in the good history so that this rule is broken."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from good_histories import MARKERS, Entry, Line, Story, stamp, trace, uid

Change = Callable[[Story], Any]
BAD: dict[str, Change] = {}
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEi.{'s' * 40}"


def bad(*names: str) -> Callable[[Change], Change]:
    def enter(change: Change) -> Change:
        for name in names:
            assert name not in BAD, name
            BAD[name] = change
        return change

    return enter


def ada(story: Story) -> Line:
    return story.lines["Ada socket"]


def second(story: Story) -> Line:
    return story.lines["Ada socket 2"]


def bob(story: Story) -> Line:
    return story.lines["Bob socket"]


def first(story: Story, kind: str, number: int = 0) -> Entry:
    return ada(story).all(kind)[number]


def both(story: Story, kind: str, number: int = 0) -> list[Entry]:
    """The same frame on both of Ada's sockets."""
    event_id = first(story, kind, number).body["event_id"]
    return [e for line in (ada(story), second(story)) for e in line.entries if e.body.get("event_id") == event_id]


def change_data(kind: str, number: int = 0, **fields: Any) -> Change:
    return lambda story: [entry.body["data"].update(fields) for entry in both(story, kind, number)]


def change_body(kind: str, number: int = 0, **fields: Any) -> Change:
    return lambda story: [entry.body.update(fields) for entry in both(story, kind, number)]


def leave_out(kind: str, number: int = 0) -> Change:
    def change(story: Story) -> None:
        gone = both(story, kind, number)
        ada(story).drop(*gone)
        second(story).drop(*gone)
        close_ranks(story)

    return change


def close_ranks(story: Story) -> None:
    """Number Ada's live frames anew, so that only what is missing is wrong."""
    for line in (ada(story), second(story)):
        live = [e for e in line.entries if e.direction == "in" and "seq" in e.body and "replayed" not in e.body["data"]]
        for seq, entry in enumerate(live, 1):
            entry.body["seq"] = seq
    ada(story).entries = [
        e for e in ada(story).entries
        if "replayed" not in e.body.get("data", {}) and e.body.get("type") not in ("resume", "replay_complete")
        and e.body.get("ref") != "again"
    ]  # fmt: skip


def swap(one: Entry, other: Entry) -> None:
    """Exchange what two frames say; seq and time stay in order."""
    one.body, other.body = other.body, one.body
    for name in ("seq", "timestamp"):
        one.body[name], other.body[name] = other.body[name], one.body[name]


def both_lines(story: Story) -> tuple[Line, Line]:
    return ada(story), second(story)


def again(line: Line, entry: Entry, at_s: float, **fields: Any) -> Entry:
    body = {**deepcopy(entry.body), **fields}
    copy = Entry("in", at_s, body)
    line.entries.append(copy)
    line.entries.sort(key=lambda e: e.at_s)
    return copy


def answered(story: Story, path: str, number: int = 0, **changes: Any) -> None:
    places = [n for n, exchange in enumerate(story.exchanges) if exchange.path.startswith(path)]
    story.exchanges[places[number]] = replace(story.exchanges[places[number]], **changes)


def row(table: str, number: int = 0, **fields: Any) -> Change:
    return lambda story: story.rows(table)[number].content.update(fields)


# greeting, form
bad("greeting-first")(
    lambda s: ada(s).entries.insert(0, Entry("in", 0.005, deepcopy(second(s).all("heartbeat")[0].body)))
)
bad("greeting-once")(lambda s: again(ada(s), first(s, "connection_established"), 0.5, event_id=uid("another")))
bad("connection-id-new")(lambda s: bob(s).entries[0].body["data"].update(connection_id=uid("c Ada socket")))
bad("frames-are-json")(lambda s: ada(s).put("in", 19, {}, "no json"))
bad("frames-are-text")(lambda s: ada(s).put("in", 19, {}, b"{}"))
bad("frame-size")(lambda s: ada(s).put("in", 19, {}, '{"type": "heartbeat", "x": "' + "x" * 1024 * 1024 + '"}'))
bad("frame-schema")(lambda s: second(s).all("heartbeat")[0].body["data"].update(more=1))
bad("timestamps-utc")(lambda s: second(s).all("heartbeat")[0].body.update(timestamp="2026-11-21T06:00:00.000+01:00"))

# acknowledgement


@bad("acknowledged-before-start")
def _(story: Story) -> None:
    for line in both_lines(story):
        entries = line.of_run("a1")
        swap(entries[0], entries[1])


@bad("acknowledged-once")
def _(story: Story) -> None:
    again(ada(story), first(story, "message_ack"), 1.15, event_id=uid("another"))


bad("ack-names-its-run")(change_data("message_ack", run_id=uid("a2")))
bad("ack-answers-a-question")(change_data("message_ack", client_message_id="gp-nobodys"))
bad("ack-stays-in-its-thread")(
    lambda s: ada(s).all("user_message", "out")[3].body["payload"].update(thread_id=uid("tx"))
)


@bad("same-thread-as-before")
def _(story: Story) -> None:
    del ada(story).all("user_message", "out")[3].body["payload"]["thread_id"]
    for line in both_lines(story):
        for number, entry in enumerate(line.of_run("a2"), 1):
            entry.body.update(thread_id=uid("tx"), seq=number)


bad("known-question-same-ack")(lambda s: first(s, "message_ack", 1).body["data"].update(message_id=uid("another")))
bad("repeated-ack-to-asker-only")(lambda s: second(s).entries.append(deepcopy(first(s, "message_ack", 1))))


@bad("one-run-at-a-time")
def _(story: Story) -> None:
    for line in both_lines(story):
        mixed = [e for e in line.of_run("a1") if "replayed" not in e.body["data"]]
        begun = line.of_run("a2")[1]
        line.entries.remove(begun)
        line.entries.insert(line.entries.index(mixed[5]), begun)


bad("runs-in-order-of-acks")(lambda s: bob(s).of_run("b1")[0].body.update(seq=30))


@bad("only-own-runs")
def _(story: Story) -> None:
    for entry in list(bob(story).of_run("b1"))[1:]:
        again(second(story), entry, entry.at_s + 12, event_id=uid(f"x{entry.at_s}"), run_id=uid("nobodys"))


# steps
@bad("started-first")
def _(story: Story) -> None:
    for line in both_lines(story):
        entries = line.of_run("a1")
        swap(entries[1], entries[2])


bad("started-once-an-attempt")(change_data("agent_started", attempt=2))
bad("five-events")(lambda s: [leave_out("agent_thinking")(s) for _ in range(4)])
bad("plan-from-triage-to-report")(change_data("agent_started", plan=["data", "triage", "optimization", "report"]))
bad("steps-in-plan-order")(change_data("agent_thinking", 1, agent="report", step=4))


@bad("steps-do-not-overlap")
def _(story: Story) -> None:
    for line in both_lines(story):
        entries = line.of_run("a1")
        swap(entries[7], entries[8])  # Data's last call ends after Optimization has begun to think


bad("every-agent-thinks")(leave_out("agent_thinking", 2))
bad("data-calls-a-tool")(lambda s: [change_data("tool_completed", n, status="failed")(s) for n in (0, 1)])
bad("only-planned-agents-work")(change_data("agent_started", plan=["triage", "data", "report"]))

# tools
bad("tools-begin-before-they-end")(leave_out("tool_executing"))
bad("tools-end-once")(change_data("tool_completed", 1, tool_call_id=uid("a1 usage_query")))
bad("tools-all-end")(leave_out("tool_completed", 2))
bad("tool-calls-have-own-ids")(change_data("tool_executing", 4, tool_call_id=uid("a1 usage_query")))
bad("tool-same-at-both-ends")(change_data("tool_completed", tool_name="price_catalog"))
bad("tool-result-told")(change_data("tool_completed", result=None))
bad("tool-duration-plausible")(change_data("tool_completed", duration_ms=9000))
bad("failed-steps-are-told")(change_data("tool_completed", 2, status="failed"))

# ends


@bad("one-terminal")
def _(story: Story) -> None:
    end = first(story, "agent_completed")
    again(ada(story), end, end.at_s + 0.1, event_id=uid("another"), seq=14)


@bad("silence-after-end")
def _(story: Story) -> None:
    late = first(story, "agent_thinking", 3)
    again(second(story), late, 4.2, event_id=uid("another"), seq=14)


@bad("run-ends-in-its-time")
def _(story: Story) -> None:
    leave_out("agent_completed", 2)(story)
    for line in both_lines(story):
        again(line, line.all("heartbeat")[0], 100, event_id=uid("another"))


bad("degraded-names-what-is-missing")(change_data("agent_completed", status="degraded"))
bad("missing-are-planned")(change_data("agent_completed", status="degraded", missing=["data"]))
bad("failure-says-why")(lambda s: bob(s).all("agent_error")[0].body["data"]["error"].update(code="NOT_FOUND"))
bad("stopped-only-when-asked")(lambda s: bob(s).drop(*bob(s).all("stop_agent", "out")))

# ids
bad("user-is-the-receiver")(change_body("agent_started", user_id=uid("Bob")))
bad("frames-have-ids")(lambda s: second(s).all("heartbeat")[0].body.pop("trace_id"))
bad("stored-frames-have-ids")(change_body("agent_thinking", request_id=None))
bad("ids-differ")(change_body("agent_thinking", request_id=uid("ta")))
bad("run-keeps-its-ids")(change_body("agent_thinking", request_id=uid("another")))
bad("event-ids-unique")(lambda s: second(s).all("heartbeat")[0].body.update(event_id=first(s, "pong").body["event_id"]))


@bad("request-ids-unique")
def _(story: Story) -> None:
    for line in both_lines(story):
        for entry in line.of_run("a2"):
            entry.body["request_id"] = uid("q a1")


@bad("trace-ids-unique")
def _(story: Story) -> None:
    for line in both_lines(story):
        for entry in line.of_run("a2"):
            entry.body["trace_id"] = trace("a1")


@bad("run-has-one-thread")
def _(story: Story) -> None:
    for entry in second(story).of_run("a2"):
        entry.body["thread_id"] = uid("tx")


@bad("thread-has-one-user")
def _(story: Story) -> None:
    for entry in bob(story).of_run("b1"):
        entry.body["thread_id"] = uid("ta")


bad("message-ids-unique")(change_data("message_ack", 2, message_id=uid("m a1")))

# seq and replay
bad("seq-without-gap")(lambda s: second(s).drop(second(s).all("agent_thinking")[1]))


@bad("seq-starts-at-one")
def _(story: Story) -> None:
    for run in ("b1", "b2"):
        for entry in bob(story).of_run(run):
            entry.body["seq"] += 1


@bad("seq-is-positive")
def _(story: Story) -> None:
    bob(story).of_run("b1")[0].body["seq"] = 0


@bad("all-sockets-get-all")
def _(story: Story) -> None:
    second(story).drop(*second(story).of_run("a2"))


bad("replay-exact")(lambda s: ada(s).of_run("a1")[-1].body.update(timestamp=stamp(6)))
bad("replay-complete")(lambda s: ada(s).drop(ada(s).of_run("a1")[-2]))


@bad("replay-holds-live-back")
def _(story: Story) -> None:
    live = ada(story).of_run("a2")[0]
    ada(story).drop(live)
    replayed = ada(story).of_run("a1")[-1]
    ada(story).entries.insert(ada(story).entries.index(replayed), live)


bad("live-goes-on-after-replay")(lambda s: ada(s).drop(ada(s).of_run("a2")[0]))
bad("replay-only-when-asked")(lambda s: ada(s).drop(*ada(s).all("resume", "out")))


@bad("replayed-frames-say-so")
def _(story: Story) -> None:
    thinking = second(story).of_run("a1")[2]
    again(second(story), thinking, thinking.at_s + 0.01)


# times
bad("timestamps-rise")(change_body("agent_thinking", 1, timestamp=stamp(0.5)))
bad("progress-is-a-share")(change_data("agent_thinking", 1, progress=1.5))
bad("run-duration-plausible")(change_data("agent_completed", duration_ms=90000))


@bad("events-are-not-held-back")
def _(story: Story) -> None:
    for entry in second(story).of_run("a1")[1:]:
        entry.at_s = 4.1 + entry.at_s / 1000


# closes


def closed(code: int, at_s: float = 9) -> Change:
    return lambda story: setattr(bob(story), "closed", (code, "", at_s, "server"))


bad("close-codes-documented")(closed(1002))
bad("never-1011")(closed(1011))
bad("close-has-its-cause")(closed(1009))
bad("nothing-after-close")(closed(1012, 6))


@bad("no-refusal-after-upgrade")
def _(story: Story) -> None:
    bob(story).entries, bob(story).closed = [], (1008, "no", 0.3, "server")


# answers to clients' frames
bad("every-send-is-answered")(lambda s: ada(s).drop(*ada(s).all("error")))


@bad("ping-is-answered")
def _(story: Story) -> None:
    ada(story).drop(*ada(story).all("pong"))


bad("no-pong-without-ping")(lambda s: ada(s).drop(*ada(s).all("ping", "out")))
bad("ref-comes-back")(lambda s: first(s, "message_ack", 2).body["data"].update(ref="other"))
bad("no-foreign-ref")(lambda s: first(s, "pong").body["data"].update(ref="other"))
bad("error-codes-documented")(lambda s: first(s, "error").body["data"]["error"].update(code="RUN_LOST"))
bad("errors-name-their-trace")(lambda s: first(s, "error").body["data"]["error"].update(trace_id=trace("another")))


# the answer
def change_result(**fields: Any) -> Change:
    return lambda s: [e.body["data"]["result"].update(deepcopy(fields)) for e in both(s, "agent_completed")]


def change_item(name: str, **fields: Any) -> Change:
    return lambda s: [e.body["data"]["result"][name][0].update(fields) for e in both(s, "agent_completed")]


bad("answer-only-in-the-end")(change_data("agent_thinking", 3, summary="You spent 1,234.50 USD."))
bad("answer-is-to-its-question")(change_result(answer_to=uid("m b1")))
bad("findings-come-from-tools")(change_item("findings", value=1234.6))
bad("no-orphan-figures")(change_result(summary="You spent 1,246.85 USD on gpt-4o in May 2026."))
bad("recommendations-come-from-tools")(
    lambda s: (change_item("recommendations", monthly_saving=300)(s), change_result(total_monthly_saving=300)(s))
)
bad("total-is-the-sum")(change_result(total_monthly_saving=400.5))

# stores
bad("acknowledged-is-stored")(lambda s: s.look_ups.remove(s.rows("messages")[0]))


def listed(change: Callable[[list[Any]], Any]) -> Change:
    def apply(story: Story) -> None:
        path = f"/api/threads/{uid('ta')}/messages"
        body = json.loads(next(e.answer for e in story.exchanges if e.path == path))
        change(body["items"])
        answered(story, path, answer=json.dumps(body))

    return apply


bad("acknowledged-can-be-read")(listed(lambda items: items.pop()))
bad("messages-ascend")(listed(lambda items: items.reverse()))
bad("lists-keep-their-limit")(
    lambda s: (listed(lambda items: None)(s), answered(s, f"/api/threads/{uid('ta')}", query={"limit": "1"}))
)
bad("stored-once")(lambda s: s.row(16, "Ada", "messages", {**s.rows("messages")[0].content, "id": uid("twice")}))
bad("one-answer-a-question")(
    lambda s: s.row(16, "Ada", "messages", {**s.rows("messages")[2].content, "id": uid("twice")})
)
bad("stored-unchanged")(row("messages", content="something else"))
bad("nothing-invented")(
    lambda s: s.row(
        16, "Ada", "messages", {**s.rows("messages")[0].content, "id": uid("x"), "client_message_id": "gp-x"}
    )
)
bad("stored-frames-are-the-sent-ones")(lambda s: s.look_ups.remove(s.rows("run_events")[3]))
bad("stored-frames-say-the-same")(row("run_events", 3, seq=40))
bad("rows-say-what-the-end-said")(row("runs", state="degraded"))
bad("rows-name-their-owner")(row("run_events", 2, user_id=uid("Bob")))


@bad("rest-says-what-the-end-said")
def _(story: Story) -> None:
    path = f"/api/runs/{uid('a1')}"
    page = json.loads(next(e.answer for e in story.exchanges if e.path == path))
    page["result"]["total_monthly_saving"] = 1
    answered(story, path, answer=json.dumps(page))


# HTTP
bad("http-trace-headers")(lambda s: answered(s, "/api/runs", headers={}))
bad("http-errors-documented")(lambda s: answered(s, "/api/agents", status=409))
bad("http-errors-name-their-trace")(
    lambda s: answered(
        s, "/api/agents", headers={"x-request-id": "1", "x-trace-id": trace("other"), "retry-after": "1"}
    )
)
bad("no-server-error")(lambda s: answered(s, "/api/runs", status=502))
bad("http-body-schema")(lambda s: answered(s, "/api/runs", answer="{}"))
bad("strangers-are-refused")(
    lambda s: answered(s, "/api/threads", answer='{"error": {"code": "UNAUTHENTICATED", "message": "No."}, "user": 1}')
)


@bad("too-many-says-when")
def _(story: Story) -> None:
    error = {"code": "RATE_LIMITED", "message": "Wait.", "trace_id": trace("/api/agents")}
    headers = {"x-request-id": "1", "x-trace-id": trace("/api/agents")}
    answered(story, "/api/agents", answer=json.dumps({"error": error}), headers=headers)


# secrets
bad("no-token-in-frames")(change_data("agent_thinking", 3, reasoning=f"I use {JWT}."))
bad("no-secret-in-bodies")(lambda s: answered(s, "/api/runs", answer=json.dumps({"token": JWT})))
bad("no-token-in-addresses")(lambda s: answered(s, "/auth/login", headers={"location": f"/?access_token={JWT}"}))
bad("no-token-in-other-headers")(lambda s: answered(s, "/auth/login", headers={"x-debug": JWT}))
bad("no-secret-in-stores")(row("runs", note=JWT))

# isolation
bad("no-foreign-marker")(
    change_data("agent_thinking", 3, reasoning=base64.b64encode(f"so {MARKERS['Bob']}".encode()).decode())
)
bad("no-unknown-marker")(change_data("agent_thinking", 3, reasoning=MARKERS["Ada"][:-8] + "00000000"))
bad("no-foreign-id")(change_data("agent_thinking", 3, reasoning=f"as in thread {uid('tb')}"))
bad("nothing-foreign-is-stored")(row("runs", note=MARKERS["Bob"]))
