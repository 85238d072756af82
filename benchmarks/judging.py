"""What judging costs: realistic histories of 10,000, 100,000 and 1,000,000 frames of many users, on one core.

Each size is judged in a process of its own, so that its peak of memory is its own. Run from the root:
`python benchmarks/judging.py`.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from random import Random

from goldenpath.history.isolation import new_marker
from goldenpath.history.judge import judge
from goldenpath.history.recorder import Channel, Recorder

RUNS_A_USER = 10
FRAMES_A_RUN = 15
START = datetime(2026, 11, 21, tzinfo=UTC)
# By contract section 3, as the reference platform tells a run: type, agent, tool.
STEPS = (
    ("agent_started", "", ""),
    ("agent_thinking", "triage", ""),
    ("agent_thinking", "data", ""),
    ("tool_executing", "data", "usage_query"),
    ("tool_executing", "data", "cost_breakdown"),
    ("tool_completed", "data", "usage_query"),
    ("tool_completed", "data", "cost_breakdown"),
    ("agent_thinking", "optimization", ""),
    ("tool_executing", "optimization", "savings_calculator"),
    ("tool_completed", "optimization", "savings_calculator"),
    ("agent_thinking", "report", ""),
    ("agent_completed", "", ""),
)
PLAN = ["triage", "data", "optimization", "report"]
MOST_SECONDS, MOST_MIB = 60, 1024


class Teller:
    """Writes one user's frames as a platform would."""

    def __init__(self, channel: Channel, user_id: str, chance: Random) -> None:
        self._channel, self._user_id, self._chance = channel, user_id, chance
        self._at_ms = 0

    def uid(self) -> str:
        """Make an id."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def put(self, direction: str, body: dict[str, object]) -> None:
        """Record a frame."""
        frame = self._channel.record("in" if direction == "in" else "out", json.dumps(body, separators=(",", ":")))
        frame.at_ns = self._channel.opened_ns + self._at_ms * 1_000_000

    def rest(self, milliseconds: int) -> None:
        """Tell nothing for a while."""
        self._at_ms += milliseconds

    def hear(self, kind: str, data: dict[str, object], **ids: object) -> None:
        """Tell a frame, 20 ms after the one before."""
        self._at_ms += 20
        stamp = (START + timedelta(milliseconds=self._at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        envelope = {"type": kind, "event_id": self.uid(), "timestamp": stamp, "user_id": self._user_id}
        trace = ids.pop("trace_id", f"{self._chance.getrandbits(128):032x}")
        self.put("in", {**envelope, "trace_id": trace, **ids, "data": data})

    def run(self, marker: str, thread: str, seq: int) -> int:
        """Tell a run; gives the next seq."""
        run, message, asked = self.uid(), self.uid(), f"gp-{self.uid()}"
        trace = f"{self._chance.getrandbits(128):032x}"
        ids = {"thread_id": thread, "run_id": run, "request_id": self.uid(), "trace_id": trace}
        content = f"How much did we spend on gpt-4o in May 2026? [[llm:{marker}]]"
        payload = {"content": content, "client_message_id": asked}
        self.put("out", {"type": "user_message", "payload": payload})
        ack = {"message_id": message, "client_message_id": asked, "run_id": run, "queued_position": 0}
        self.hear("message_ack", ack, seq=seq, **ids)
        calls = {tool: self.uid() for _, _, tool in STEPS if tool}
        for number, (kind, agent, tool) in enumerate(STEPS, seq + 1):
            self.hear(kind, self._data(kind, agent, tool, calls, message), seq=number, **ids)
        return seq + len(STEPS) + 1

    def _data(self, kind: str, agent: str, tool: str, calls: dict[str, str], message: str) -> dict[str, object]:
        place = {"agent": agent, "step": PLAN.index(agent) + 1} if agent else {}
        if kind == "agent_started":
            return {"plan": PLAN, "attempt": 1}
        if kind == "agent_thinking":
            return {**place, "reasoning": f"I am the {agent} agent, and look at what you asked for.", "progress": 0.5}
        if kind == "tool_executing":
            return {**place, "tool_call_id": calls[tool], "tool_name": tool, "parameters": {"model": "gpt-4o"}}
        if kind == "tool_completed":
            given = {
                "usage_query": {"requests": 8210},
                "cost_breakdown": {"total_cost": 1234.5, "currency": "USD"},
                "savings_calculator": {"recommendations": [], "total_monthly_saving": 0.0},
            }
            named = {**place, "tool_call_id": calls[tool], "tool_name": tool}
            return {**named, "status": "ok", "result": given[tool], "duration_ms": 20}
        source = calls["cost_breakdown"]
        result = {
            "summary": "You spent 1,234.50 USD on gpt-4o in May 2026. No cheaper model was found: 0.00 USD a month.",
            "findings": [{"metric": "total_cost", "value": 1234.5, "unit": "USD", "source_tool_call_id": source}],
            "recommendations": [],
            "total_monthly_saving": 0.0,
            "period": {"from": "2026-05-01", "to": "2026-05-31"},
            "answer_to": message,
        }
        return {"result": result, "status": "completed", "missing": [], "duration_ms": 200}


def history(frames: int, seed: int = 1) -> Recorder:
    """Make a history: users with a socket and ten runs in one thread each."""
    chance, recorder = Random(seed), Recorder(most_frames=2 * frames, most_characters=10**12)
    for number in range(max(1, round(frames / (RUNS_A_USER * (FRAMES_A_RUN - 1) + 2)))):
        name, marker = f"user {number}", new_marker()
        channel = recorder.channel(name, "socket")
        person = recorder.people.add(name, {marker, f"{name.replace(' ', '-')}-0123456789@golden-path.test"})
        teller = Teller(channel, "", chance)
        person.user_id, person.tenant_id = teller.uid(), teller.uid()
        teller = Teller(channel, person.user_id, chance)
        greeting = {"connection_id": teller.uid(), "session_id": teller.uid(), "heartbeat_s": 15, "limits": {}}
        teller.hear("connection_established", greeting)
        thread, seq = teller.uid(), 1
        for _ in range(RUNS_A_USER):
            seq = teller.run(marker, thread, seq)
        teller.rest(300)
        teller.hear("heartbeat", {})
    return recorder


def judge_one(frames: int) -> None:
    """Judge one history and print what it cost, as JSON."""
    recorder = history(frames)
    gc.collect()
    gc.freeze()
    made_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, worked = time.perf_counter(), time.process_time()
    judgement = judge(recorder)
    seconds, processor_s = time.perf_counter() - began, time.process_time() - worked
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert not judgement.findings, "\n".join(map(str, judgement.findings))
    told = {"frames": judgement.frames, "users": len(recorder.people), "rules": len(judgement.rules)}
    print(json.dumps({**told, "s": seconds, "cpu_s": processor_s, "made_mib": made_mib, "peak_mib": peak_mib}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--frames", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--one", type=int, help="judge one history of so many frames, in this process")
    chosen = options.parse_args()
    if chosen.one:
        judge_one(chosen.one)
        return
    heads = {"frames": 10, "users": 8, "rules": 7, "s": 9, "cpu s": 9, "us/frame": 10, "frames/s": 11, "MiB held": 10}
    print("".join(f"{name:>{width}}" for name, width in heads.items()) + f"{'peak':>7}")
    reached = True
    for frames in chosen.frames:
        command = [sys.executable, __file__, "--one", str(frames)]
        cost = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        each = cost["cpu_s"] / cost["frames"]
        times = f"{cost['s']:9.2f}{cost['cpu_s']:9.2f}{each * 1e6:10.1f}{1 / each:11,.0f}"
        memory = f"{cost['made_mib']:10.0f}{cost['peak_mib']:7.0f}"
        print(f"{cost['frames']:10,}{cost['users']:8,}{cost['rules']:7}{times}{memory}")
        reached &= each * 1e6 <= MOST_SECONDS and cost["peak_mib"] <= MOST_MIB
    target = f"at most {MOST_SECONDS} s of one core for a million frames, at most {MOST_MIB} MiB"
    print(f"\nTarget: {target}: {'reached' if reached else 'MISSED'}")


if __name__ == "__main__":
    main()
