"""Sample runs as a platform would send them, and the pages that are made from them.

`python tests/unit/reporting/samples.py FOLDER` writes the pages, light and dark, for a look in a browser.
"""

import sys
from pathlib import Path
from typing import Any

from goldenpath.reporting.barrier_picture import UserRun, several_timelines_svg
from goldenpath.reporting.lines import lines_from_frames
from goldenpath.reporting.moments import moments_from_frames
from goldenpath.reporting.timeline import timeline_svg
from goldenpath.reporting.transcript import transcript_html

START_NS = 5_000_000_000_000
USER_ID = "01890000-0000-7000-8000-0000000000a1"
QUESTION = "How much did we spend on gpt-4o in May, and what would we save with a smaller model?"

Frame = dict[str, Any]
Timed = tuple[int, Frame]

RESULT = {
    "summary": "You spent $4,218.37 on gpt-4o in May 2026. Moving the short requests to gpt-4o-mini saves about a "
    "third of that, without touching the long ones.",
    "findings": [
        {"metric": "total_cost", "value": 4218.37, "unit": "USD", "source_tool_call_id": "c1"},
        {"metric": "requests", "value": 182_340, "unit": "requests", "source_tool_call_id": "c1"},
        {"metric": "average_latency", "value": 912.4, "unit": "ms", "source_tool_call_id": "c2"},
    ],
    "recommendations": [
        {
            "action": "Send requests of fewer than 500 input tokens to the smaller model.",
            "model_from": "gpt-4o",
            "model_to": "gpt-4o-mini",
            "monthly_saving": 1371.9,
            "currency": "USD",
            "confidence": 0.82,
        },
        {
            "action": "Cache the system prompt.",
            "model_from": "gpt-4o",
            "model_to": "gpt-4o",
            "monthly_saving": 96.05,
            "currency": "USD",
            "confidence": 0.6,
        },
    ],
    "total_monthly_saving": 1467.95,
    "period": {"first_day": "2026-05-01", "last_day": "2026-05-31"},
    "answer_to": "01890000-0000-7000-8000-000000000001",
}


class Script:
    """Writes the frames of one run, in the form of the contract."""

    def __init__(self, start_ns: int = START_NS) -> None:
        self.frames: list[Timed] = []
        self._start_ns = start_ns

    def add(self, at_ms: float, kind: str, **data: Any) -> "Script":
        """Add a frame that arrives so many milliseconds after the question."""
        seq = len(self.frames) + 1
        frame = {
            "type": kind,
            "event_id": f"01890000-0000-7000-8000-{seq:012d}",
            "timestamp": "2026-11-21T05:12:01.123Z",
            "user_id": USER_ID,
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "seq": seq,
            "thread_id": "01890000-0000-7000-8000-0000000000b1",
            "run_id": "01890000-0000-7000-8000-0000000000c1",
            "request_id": "01890000-0000-7000-8000-0000000000d1",
            "data": data,
        }
        self.frames.append((self._start_ns + int(at_ms * 1e6), frame))
        return self

    def think(self, at_ms: float, agent: str, reasoning: str, **more: Any) -> "Script":
        """Add a thought."""
        return self.add(at_ms, "agent_thinking", agent=agent, step=1, reasoning=reasoning, progress=0.2, **more)

    def tool(self, begin_ms: float, end_ms: float, call: str, name: str, *, agent: str = "data",
             status: str = "ok", result: Any = None, **parameters: Any) -> "Script":  # fmt: skip
        """Add a tool call; the frames are put in the order of time."""
        tied = {"agent": agent, "step": 2, "tool_call_id": call, "tool_name": name}
        self.add(begin_ms, "tool_executing", **tied, parameters=parameters)
        self.add(end_ms, "tool_completed", **tied, status=status, result=result, duration_ms=int(end_ms - begin_ms))
        self.frames.sort(key=lambda timed: timed[0])
        return self

    def start(self, at_ms: float) -> "Script":
        """Add the acknowledgement and the start, one after the other."""
        self.add(at_ms * 0.6, "message_ack", message_id="m1", client_message_id="x1", run_id="c1", queued_position=0)
        return self.add(at_ms, "agent_started", plan=["triage", "data", "optimization", "report"], attempt=1)


def normal(scale: float = 1.0, start_ns: int = START_NS) -> list[Timed]:
    """A good run of about 1.9 s."""
    rows = [{"model": "gpt-4o", "requests": 182_340, "cost_usd": "4218.3712"}]
    script = Script(start_ns).start(31 * scale)
    script.think(58 * scale, "triage", "A question about cost: gpt-4o, May 2026. Data first, then savings.")
    script.think(402 * scale, "data", "I add up the usage records of May, and ask for latency side by side.")
    script.tool(418 * scale, 633 * scale, "c1", "usage_query", first_day="2026-05-01", model="gpt-4o", result=rows)
    script.tool(421 * scale, 583 * scale, "c2", "cost_breakdown", by="model", result={"gpt-4o": "4218.3712"})
    script.think(702 * scale, "optimization", "Short requests do not need the large model.")
    script.tool(
        716 * scale, 779 * scale, "c3", "savings_calculator", agent="optimization", result={"saving": "1371.90"}
    )
    script.think(851 * scale, "report", "I write it down for people.")
    script.add(1886 * scale, "agent_completed", result=RESULT, status="completed", missing=[], duration_ms=1855)
    return script.frames


def quick() -> list[Timed]:
    """Eight events in 200 ms, some of them in the same millisecond."""
    script = Script().start(6).think(7, "triage", "cost")
    script.think(9, "data", "sum").tool(9.4, 14, "c1", "usage_query")
    script.think(15, "report", "write")
    script.add(200, "agent_completed", result=RESULT, status="completed", missing=[])
    return script.frames


def busy() -> list[Timed]:
    """Some eighty events in 29 s, with tools side by side and one that fails."""
    script = Script().start(240)
    script.think(500, "triage", "A long one.")
    for number in range(22):
        begin = 1500 + number * 900
        script.think(begin - 200, "data", f"Day {number + 1}: I read the records.")
        if number % 3 == 0:
            script.think(begin - 90, "data", "Again.", retry={"attempt": 1, "wait_s": 0.5, "reason": "429"})
        status = "failed" if number == 13 else "ok"
        script.tool(begin, begin + 600 + 97 * (number % 7), f"a{number}", "usage_query", status=status)
        if number % 2:
            script.tool(begin + 40, begin + 330, f"b{number}", "cost_breakdown")
    script.think(22_600, "optimization", "Savings.").tool(
        22_700, 23_400, "s", "savings_calculator", agent="optimization"
    )
    script.think(24_000, "report", "Writing.")
    script.add(28_900, "agent_completed", result=RESULT, status="degraded", missing=["day 14"], duration_ms=28_660)
    return script.frames


def broken() -> list[Timed]:
    """A run that ends with an error, one tool call failed and one never ended."""
    script = Script().start(25).think(61, "triage", "A question about cost.")
    script.think(140, "data", "I add up the usage records.")
    script.tool(160, 2160, "c1", "usage_query", status="failed", result={"error": "statement timeout"})
    script.add(
        210, "tool_executing", agent="data", step=2, tool_call_id="c2", tool_name="cost_breakdown", parameters={}
    )
    error = {"code": "DATA_UNAVAILABLE", "message": "The usage records could not be read.", "trace_id": "4bf9"}
    script.add(3300, "agent_error", error=error, recoverable=True, options=["retry"], partial_result=None)
    script.frames.sort(key=lambda timed: timed[0])
    return script.frames


def cut_off() -> list[Timed]:
    """A run of which only the beginning arrived."""
    return Script().start(25).think(61, "triage", "A question about cost.").frames


def three_users() -> list[UserRun]:
    """Three users released together, the second one slower, the third one with an error."""
    slow = [(START_NS + int((stamp - START_NS) * 1.45), frame) for stamp, frame in normal()]
    runs = {"Ada": normal(), "Grace": slow, "Edsger": broken()}
    return [
        UserRun(user, number * 0.00021, moments_from_frames(frames, START_NS))
        for number, (user, frames) in enumerate(runs.items())
    ]


HOSTILE = "</script><svg onload=alert(1)><!-- ]]> \u202egnihton\u202c \x00 \ud800 ' onclick=\"x"


def hostile() -> list[Timed]:
    """A run whose every text tries to break out of the page."""
    evil = {
        "summary": HOSTILE,
        "findings": [{"metric": HOSTILE, "value": HOSTILE, "unit": HOSTILE}],
        "recommendations": [{"action": HOSTILE, "model_from": HOSTILE}],
        "total_monthly_saving": HOSTILE,
    }
    script = Script().start(25).think(61, HOSTILE, HOSTILE + "x" * 100_000)
    script.tool(70, 90, "c1", HOSTILE, agent=HOSTILE, status=HOSTILE, result={HOSTILE: HOSTILE})
    script.add(120, "agent_completed", result=evil, status=HOSTILE, missing=[HOSTILE])
    script.add(130, HOSTILE)
    return script.frames


def transcripts() -> dict[str, str]:
    """Every sample transcript by its name."""

    def write(frames: list[Timed], title: str, question: str = QUESTION) -> str:
        return transcript_html(lines_from_frames(frames, START_NS, question=question, user="Ada"), title=title)

    return {
        "chat_normal": write(normal(), "Ada asks about gpt-4o in May"),
        "chat_broken": write(broken(), "Ada's run ends with an error"),
        "chat_hostile": write(hostile(), HOSTILE, HOSTILE),
    }


def pictures() -> dict[str, str]:
    """Every sample picture by its name."""

    def draw(frames: list[Timed], title: str, limit_s: float | None) -> str:
        return timeline_svg(moments_from_frames(frames, START_NS), title=title, limit_s=limit_s)

    return {
        "normal": draw(normal(), "Ada asks about gpt-4o in May", 30),
        "near_limit": draw(normal(), "Ada asks about gpt-4o in May", 2.5),
        "quick": draw(quick(), "Eight events in 200 ms", 30),
        "busy": draw(busy(), "Eighty events in 29 s", 30),
        "broken": draw(broken(), "Ada's run ends with an error", 3),
        "cut_off": draw(cut_off(), "Only the beginning arrived", 30),
        "empty": draw([], "Nothing arrived", None),
        "hostile": draw(hostile(), HOSTILE, 30),
        "three_users": several_timelines_svg(three_users(), title="Three users at the same time", limit_s=30),
    }


def page(parts: list[str], *, dark: bool) -> str:
    """Put parts into a page with the colours and the cell that Robot's log.html would give them."""
    ink, ground = ("#e2e1d7", "#1c2227") if dark else ("black", "white")
    scheme = "dark" if dark else "light"
    cells = "".join(f'<div style="font:13.5px monospace;margin:6px 0">{part}</div>' for part in parts)
    return (
        f'<!doctype html><html style="color-scheme:{scheme}"><meta charset="utf-8"><body style="margin:0;'
        f'font:12.8px Helvetica,sans-serif;color:{ink};background:{ground}">{cells}</body></html>'
    )


def main(folder: Path) -> None:
    """Write every sample page."""
    folder.mkdir(parents=True, exist_ok=True)
    for theme in ("light", "dark"):
        for name, content in (pictures() | transcripts()).items():
            (folder / f"{name}.{theme}.html").write_text(page([content], dark=theme == "dark"), encoding="utf-8")
        everything = page(list((pictures() | transcripts()).values()), dark=theme == "dark")
        (folder / f"all.{theme}.html").write_text(everything, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
