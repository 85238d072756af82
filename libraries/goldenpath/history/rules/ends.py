"""Rules about the end of a run: one, the last thing that is heard of it, and honest about what is missing."""

from goldenpath.history.rules.book import Broken, Notes, Unproven, rule
from goldenpath.history.rules.kinds import TERMINALS
from goldenpath.history.rules.views import ChannelView, RunView, Seen, UserView
from goldenpath.schemas import error_codes

# So long nothing may follow the end of a run; a later frame shows that the connection could have brought it. Who
# watches a socket at the end of a test waits a little longer.
SILENCE_S = 0.2
# A run ends after 60 s at the latest; its end gets so much time to arrive.
_RUN_WITHIN_S = 60 + 10


@rule("one-terminal", "contract 3", "channel")
def one_terminal(channel: ChannelView) -> Notes:
    """A run ends exactly once."""
    for run in channel.all_runs():
        for late in run.late:
            if late.kind in TERMINALS:
                yield Broken(f"{run} ended with {run.end_kind} and then with {late.kind}", late.at_ns, late.trace_id)


@rule("silence-after-end", "contract 3", "channel")
def silence_after_end(channel: ChannelView) -> Notes:
    """Nothing of a run follows its end, as 0.2 s of silence and a later sign of life on the same connection show."""
    for run in channel.all_runs():
        if run.end_ns is None:
            continue
        for late in run.late:
            if late.kind not in TERMINALS:
                yield Broken(f"{late.kind} of {run} came after its {run.end_kind}", late.at_ns, late.trace_id)
        if not run.late and channel.last_ns < run.end_ns + SILENCE_S * 1e9:
            yield Unproven(f"no frame on {channel} shows, {SILENCE_S:g} s after the end of {run}, that it was alive")


@rule("run-ends-in-its-time", "contract 5", "channel", needs="ack")
def run_ends_in_its_time(channel: ChannelView) -> Notes:
    """A run that has started ends within 60 s, and its end is told."""
    for run in channel.all_runs():
        if run.start_ns is None or run.end_ns is not None or run.gap:
            continue
        watched_s = (channel.last_ns - run.start_ns) / 1e9
        if watched_s > _RUN_WITHIN_S and not channel.history.fault_between(run.start_ns, channel.last_ns):
            yield Broken(f"{run} had no end {watched_s:.0f} s after its start", channel.last_ns, run.trace_id)


@rule("degraded-names-what-is-missing", "contract 5", "frame", needs="result", types=("agent_completed",))
def degraded_names_what_is_missing(seen: Seen, channel: ChannelView) -> str | None:
    """A degraded answer names what is missing, and a completed one misses nothing."""
    status, missing = seen.data.get("status"), seen.data.get("missing")
    if status == "degraded" and not missing:
        return "the answer is degraded and does not say what is missing"
    return f"the answer is completed and misses {missing}" if status == "completed" and missing else None


@rule("missing-are-planned", "contract 5", "run", needs="plan result")
def missing_are_planned(run: RunView) -> Notes:
    """What a degraded answer misses are parts that were planned, and never Triage or Data."""
    for seen in run.of_kind("agent_completed"):
        missing = seen.data.get("missing") or []
        wrong = [part for part in missing if part in ("triage", "data") or (run.whole and part not in run.plan)]
        if wrong:
            yield Broken(f"{run} is degraded and misses {wrong}", seen.at_ns, seen.trace_id)


@rule("failed-steps-are-told", "contract 5", "run", needs="plan step tool_status")
def failed_steps_are_told(run: RunView) -> Notes:
    """An answer is not called completed when the last call of one of its tools failed and no other call replaced it."""
    if not run.complete:
        return
    last: dict[tuple[object, object], Seen] = {}
    for seen in run.of_kind("tool_completed"):
        last[seen.data.get("agent"), seen.data.get("tool_name")] = seen
    for (agent, tool), seen in last.items():
        if seen.data.get("status") != "ok":
            yield Broken(f"{run} is completed, and {tool} of {agent} ended as {seen.data.get('status')}", seen.at_ns)


@rule("failure-says-why", "contract 5", "frame", needs="schemas", types=("agent_error",))
def failure_says_why(seen: Seen, channel: ChannelView) -> str | None:
    """A run that fails says why, with a documented code of runs, and what to do."""
    error = seen.data.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or "run" not in error_codes().get(code, {}).get("where", ()):
        return f"agent_error has the code {code}, which is none of a run"
    return None if seen.data.get("options") else f"agent_error {code} names no option of what to do"


@rule("stopped-only-when-asked", "contract 3", "user", needs="stop run_id")
def stopped_only_when_asked(user: UserView) -> Notes:
    """Only a run that its user stopped, or whose thread they deleted, ends as stopped."""
    asked = {sent.run_id for channel in user.channels for sent in channel.sent if sent.kind == "stop_agent"}
    paths = {e.path for e in user.exchanges if e.method in ("POST", "DELETE")}
    for run in user.runs():
        stop, thread = f"/api/runs/{run.run_id}/stop", f"/api/threads/{run.thread_id}"
        if run.end_kind == "agent_stopped" and run.run_id not in asked and not {stop, thread} & paths:
            yield Broken(f"{run} was stopped, and nobody asked for it", run.end_ns, run.trace_id, str(run.channel))
