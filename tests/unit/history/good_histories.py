"""A history in which every promise is kept; each rule's bad history is this one with one thing changed."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from goldenpath.history.exchange import Exchange
from goldenpath.history.isolation import PREFIX
from goldenpath.history.look_ups import LookUp
from goldenpath.history.recorder import Close, Recorder

Body = dict[str, Any]
PLAN = ["triage", "data", "optimization", "report"]
START = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
ZERO_NS = 1_000_000_000_000
MARKERS = {"Ada": PREFIX + "a1" * 16, "Bob": PREFIX + "b2" * 16}


def uid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def trace(name: str) -> str:
    return hashlib.md5(name.encode()).hexdigest()


def stamp(at_s: float) -> str:
    return (START + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ns(at_s: float) -> int:
    return ZERO_NS + round(at_s * 1e9)


@dataclass
class Entry:
    direction: str
    at_s: float
    body: Body
    raw: str | bytes | None = None


@dataclass
class Line:
    """One connection."""

    owner: str
    name: str
    opened_s: float
    entries: list[Entry] = field(default_factory=list)
    closed: tuple[int, str, float, str] | None = None

    def hear(self, at_s: float, kind: str, data: Body, **ids: Any) -> Entry:
        body = {
            "type": kind,
            "event_id": uid(f"{self.owner} {self.name} {at_s} {kind}"),
            "timestamp": stamp(at_s),
            "user_id": uid(self.owner),
            "trace_id": ids.pop("trace_id", trace(f"{self.owner} {at_s} {kind}")),
            **ids,
            "data": data,
        }
        return self.put("in", at_s, body)

    def say(self, at_s: float, kind: str, payload: Body | None = None, **more: Any) -> Entry:
        return self.put("out", at_s, {"type": kind, **({} if payload is None else {"payload": payload}), **more})

    def put(self, direction: str, at_s: float, body: Body, raw: str | bytes | None = None) -> Entry:
        self.entries.append(Entry(direction, at_s, body, raw))
        return self.entries[-1]

    def all(self, kind: str, direction: str = "in") -> list[Entry]:
        return [e for e in self.entries if e.direction == direction and e.body.get("type") == kind]

    def drop(self, *entries: Entry) -> None:
        self.entries = [entry for entry in self.entries if not any(entry is gone for gone in entries)]

    def of_run(self, run: str) -> list[Entry]:
        return [e for e in self.entries if e.direction == "in" and e.body.get("run_id") == uid(run)]


@dataclass
class Story:
    lines: dict[str, Line] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    look_ups: list[LookUp] = field(default_factory=list)
    fault: tuple[float, float] | None = None
    signs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def line(self, owner: str, name: str, opened_s: float) -> Line:
        made = self.lines[f"{owner} {name}"] = Line(owner, name, opened_s)
        data = {
            "connection_id": uid(f"c {owner} {name}"),
            "session_id": uid(f"s {owner}"),
            "heartbeat_s": 15,
            "limits": {},
        }
        made.hear(opened_s + 0.01, "connection_established", data)
        return made

    def ask(self, at_s: float, owner: str, method: str, path: str, status: int, answer: Any, **more: Any) -> Exchange:
        headers = {"x-request-id": uid(f"q{len(self.exchanges)}"), "x-trace-id": trace(path), **more.pop("headers", {})}
        text = answer if isinstance(answer, str) else json.dumps(answer)
        outcome = more.pop("outcome", "ok" if status < 400 else "failed")
        made = Exchange(
            owner, method, path, status, ns(at_s), ns(at_s + 0.02), outcome, answer=text, headers=headers, **more
        )
        self.exchanges.append(made)
        return made

    def row(self, at_s: float, owner: str, table: str, content: Any) -> LookUp:
        self.look_ups.append(LookUp(owner, f"row of {table}", content, ns(at_s)))
        return self.look_ups[-1]

    def rows(self, table: str) -> list[LookUp]:
        return [look_up for look_up in self.look_ups if look_up.place == f"row of {table}"]

    def build(self) -> Recorder:
        recorder = Recorder()
        for name, marker in MARKERS.items():
            person = recorder.people.add(
                name, {marker, f"{name.lower()}-0123456789@golden-path.test"}, self.signs.get(name, ())
            )
            person.user_id, person.tenant_id = uid(name), uid(f"tenant {name}")
        for line in self.lines.values():
            channel = recorder.channel(line.owner, line.name)
            channel.opened_ns = ns(line.opened_s)
            for entry in line.entries:
                raw = json.dumps(entry.body) if entry.raw is None else entry.raw
                frame = channel.record("in" if entry.direction == "in" else "out", raw)
                frame.at_ns = ns(entry.at_s)
            if line.closed:
                code, reason, at_s, by = line.closed
                channel.record_close(Close(code, reason, ns(at_s), by))  # type: ignore[arg-type]
        recorder.exchanges, recorder.look_ups = list(self.exchanges), list(self.look_ups)
        if self.fault:
            fault = recorder.fault("PostgreSQL is gone")
            fault.asked_ns, fault.applied_ns, fault.healed_ns = ns(self.fault[0]), ns(self.fault[0]), ns(self.fault[1])
        return recorder


def result_of(run: str) -> Body:
    saving = {
        "action": "switch_model",
        "model_from": "gpt-4o",
        "model_to": "gpt-4o-mini",
        "monthly_saving": 200.25,
        "currency": "USD",
        "confidence": 0.9,
    }
    return {
        "summary": "You spent 1,234.50 USD on gpt-4o in May 2026, in 10 requests. Moving saves 200.25 USD a month.",
        "findings": [
            {
                "metric": "total_cost",
                "value": 1234.5,
                "unit": "USD",
                "source_tool_call_id": uid(f"{run} cost_breakdown"),
            },
            {
                "metric": "total_requests",
                "value": 10,
                "unit": "requests",
                "source_tool_call_id": uid(f"{run} usage_query"),
            },
        ],
        "recommendations": [saving],
        "total_monthly_saving": 200.25,
        "period": {"from": "2026-05-01", "to": "2026-05-31"},
        "answer_to": uid(f"m {run}"),
    }


def good_steps(run: str) -> Iterator[tuple[str, Body]]:
    """What a good run tells, in order, after its acknowledgement."""

    def place(agent: str) -> Body:
        return {"agent": agent, "step": PLAN.index(agent) + 1}

    def thought(agent: str) -> tuple[str, Body]:
        return "agent_thinking", {**place(agent), "reasoning": "I look at it.", "progress": PLAN.index(agent) / 4}

    def call(agent: str, tool: str, result: Body | None = None) -> tuple[str, Body]:
        named = {**place(agent), "tool_call_id": uid(f"{run} {tool}"), "tool_name": tool}
        if result is None:
            return "tool_executing", {**named, "parameters": {"model": "gpt-4o"}}
        return "tool_completed", {**named, "status": "ok", "result": result, "duration_ms": 400}

    result = result_of(run)
    yield "agent_started", {"plan": list(PLAN), "attempt": 1}
    yield thought("triage")
    yield thought("data")
    yield call("data", "usage_query")
    yield call("data", "cost_breakdown")
    yield call("data", "usage_query", {"requests": 10})
    yield call("data", "cost_breakdown", {"total_cost": 1234.499999, "currency": "USD"})
    yield thought("optimization")
    yield call("optimization", "savings_calculator")
    saved = {"recommendations": deepcopy(result["recommendations"]), "total_monthly_saving": 200.25}
    yield call("optimization", "savings_calculator", saved)
    yield thought("report")
    yield "agent_completed", {"result": result, "status": "completed", "missing": [], "duration_ms": 2900}


def tell_run(
    lines: list[Line],
    run: str,
    thread: str,
    seq: int,
    at_s: float,
    steps: list[tuple[str, Body]],
    ref: str | None = None,
) -> int:
    """Tell a run on some connections, a frame each quarter of a second; the first connection asked. The next seq."""
    ids = {"thread_id": uid(thread), "run_id": uid(run), "request_id": uid(f"q {run}"), "trace_id": trace(run)}
    ack = {"message_id": uid(f"m {run}"), "client_message_id": f"gp-{run}", "run_id": uid(run), "queued_position": 0}
    for number, (kind, data) in enumerate([("message_ack", ack), *steps]):
        moment, event_id = at_s + number / 4, uid(f"{run} event {number}")
        for line in lines:
            own = {**data, "ref": ref} if kind == "message_ack" and ref and line is lines[0] else deepcopy(data)
            entry = line.hear(moment, kind, own, seq=seq + number, **ids)
            entry.body["event_id"] = event_id
    return seq + len(steps) + 1


def question(run: str, thread: str | None = None) -> Body:
    owner = "Bob" if run.startswith("b") else "Ada"
    asked = {"content": f"How much did we spend on gpt-4o in May 2026? [[llm:{MARKERS[owner]}]]"}
    return {**asked, "client_message_id": f"gp-{run}", **({"thread_id": uid(thread)} if thread else {})}


def good() -> Story:
    """Make the good history: Ada with two sockets and two runs, Bob with a failed and a stopped one."""
    story = Story()
    ada, second, bob = (
        story.line("Ada", "socket", 0),
        story.line("Ada", "socket 2", 0.1),
        story.line("Bob", "socket", 0.2),
    )
    _adas_runs(story, ada, second)
    _bobs_runs(bob)
    _rest(story)
    _stores(story)
    return story


def _adas_runs(story: Story, ada: Line, second: Line) -> None:
    ada.say(1, "user_message", question("a1"), ref="first")
    after = tell_run([ada, second], "a1", "ta", 1, 1.1, list(good_steps("a1")), ref="first")
    ada.say(5, "ping", ref="p1")
    ada.hear(5.01, "pong", {"server_time": stamp(5), "ref": "p1"})
    ada.say(5.1, "user_message", question("a1"), ref="again")  # a known question
    again = deepcopy(ada.all("message_ack")[0].body)
    again["data"].update(replayed=True, ref="again")
    ada.put("in", 5.2, again)
    ada.say(5.3, "user_message", {"content": "", "client_message_id": "gp-bad"}, ref="bad")
    error = {"code": "INVALID_INPUT", "message": "content is empty", "trace_id": trace("bad")}
    ada.hear(5.4, "error", {"error": error, "ref": "bad"}, trace_id=trace("bad"))
    ada.say(6, "resume", {"thread_id": uid("ta"), "after_seq": after - 4}, ref="res")
    for number, entry in enumerate(ada.of_run("a1")[after - 4 : after - 1]):
        body = deepcopy(entry.body)
        body["data"]["replayed"] = True
        ada.put("in", 6.1 + number / 100, body)
    ada.hear(6.2, "replay_complete", {"thread_id": uid("ta"), "last_seq": after - 1, "ref": "res"})
    ada.say(7, "user_message", question("a2", "ta"), ref="second")
    tell_run([ada, second], "a2", "ta", after, 7.1, list(good_steps("a2")), ref="second")
    for line in (ada, second):
        line.hear(18, "heartbeat", {})


def _bobs_runs(bob: Line) -> None:
    bob.say(1, "user_message", question("b1"))
    error = {"code": "DATA_UNAVAILABLE", "message": "The data cannot be read.", "trace_id": trace("b1")}
    failed = ("agent_error", {"error": error, "recoverable": True, "options": ["Ask again."]})
    after = tell_run([bob], "b1", "tb", 1, 1.2, [*list(good_steps("b1"))[:3], failed])
    bob.say(4, "user_message", question("b2"))
    stopped = ("agent_stopped", {"recoverable": True, "options": ["Ask again."]})
    cut = [step for step in list(good_steps("b2"))[:5] if step[1].get("tool_name") != "cost_breakdown"]
    named = {name: cut[-1][1][name] for name in ("agent", "step", "tool_call_id", "tool_name")}
    cancelled = ("tool_completed", {**named, "status": "cancelled", "result": None, "duration_ms": 200})
    bob.say(5.3, "stop_agent", {"run_id": uid("b2")})
    bob.entries.sort(key=lambda entry: entry.at_s)
    tell_run([bob], "b2", "tb", after, 4.2, [*cut, cancelled, stopped])
    bob.entries.sort(key=lambda entry: entry.at_s)
    bob.hear(8, "heartbeat", {})
    bob.closed = (1012, "shutting down", 9, "server")


ADA: Body = {
    "id": uid("Ada"),
    "email": "ada-0123456789@golden-path.test",
    "name": "Ada",
    "tenant_id": uid("tenant Ada"),
}
ADA |= {"permissions": ["chat", "history"]}
RUN: Body = {
    "thread_id": uid("ta"),
    "message_id": uid("m a1"),
    "request_id": uid("q a1"),
    "attempt": 1,
    "plan": PLAN,
    "missing": [],
    "error": None,
    "trace_id": trace("a1"),
    "created_at": stamp(1.1),
    "started_at": stamp(1.2),
    "ended_at": stamp(4),
}


def message(run: str, seq: int) -> Body:
    return {
        "id": uid(f"m {run}"),
        "seq": seq,
        "role": "user",
        "content": question(run)["content"],
        "created_at": stamp(1.05),
        "trace_id": trace(run),
        "run_id": uid(run),
        "client_message_id": f"gp-{run}",
        "thread_id": uid("ta"),
        "reply_to": None,
        "result": None,
    }


def _rest(story: Story) -> None:
    tokens: Body = {"access_token": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEi.{'s' * 40}"}
    tokens |= {"refresh_token": "r" * 43, "token_type": "Bearer", "expires_in": 900, "user": ADA}
    story.ask(0, "Ada", "POST", "/auth/login", 200, tokens)
    refused = {"error": {"code": "UNAUTHENTICATED", "message": "There is no token.", "trace_id": trace("/api/threads")}}
    story.ask(0.1, "nobody", "GET", "/api/threads", 401, refused)
    many = {"error": {"code": "RATE_LIMITED", "message": "Wait.", "trace_id": trace("/api/agents"), "retry_after_s": 1}}
    story.ask(0.2, "Bob", "GET", "/api/agents", 429, many, headers={"retry-after": "1"})
    listed = {"items": [message("a1", 1), message("a2", 14)], "next_cursor": None}
    story.ask(15, "Ada", "GET", f"/api/threads/{uid('ta')}/messages", 200, listed)
    page = {"id": uid("a1"), "state": "completed", "result": result_of("a1"), "steps": [], **RUN}
    story.ask(15.1, "Ada", "GET", f"/api/runs/{uid('a1')}", 200, page)


def _stores(story: Story) -> None:
    for run, seq in (("a1", 1), ("a2", 14)):
        story.row(16, "Ada", "messages", {**message(run, seq), "user_id": uid("Ada")})
    answer = {**message("a1", 13), "id": uid("answer"), "role": "assistant", "client_message_id": None}
    story.row(16, "Ada", "messages", {**answer, "user_id": uid("Ada")})
    state = {"id": uid("a1"), "user_id": uid("Ada"), "state": "completed", "result": result_of("a1")}
    story.row(16, "Ada", "runs", state)
    for entry in story.lines["Ada socket"].of_run("a1"):
        body = entry.body
        if "replayed" not in body["data"]:
            data = {name: value for name, value in body["data"].items() if name != "ref"}
            row = {
                "id": body["event_id"],
                "run_id": uid("a1"),
                "seq": body["seq"],
                "type": body["type"],
                "data": deepcopy(data),
            }
            created = body["timestamp"].replace("Z", "+00:00")
            story.row(16, "Ada", "run_events", {**row, "user_id": uid("Ada"), "created_at": created})
