"""Frames as the reference's backend sends them."""

from typing import Any

RUN, THREAD, USER = (f"01a1fd31-ac29-73c1-80de-1ffdab3288d{last}" for last in "123")
AT, AT_EPOCH = "2026-11-21T08:20:53.250Z", 1795249253.25
RESULT = {"summary": "You spent 12.50 USD.", "findings": [{"metric": "total_cost", "value": 12.5, "unit": "USD"}]}


def passing(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": kind, "event_id": "e", "timestamp": AT, "user_id": USER, "trace_id": "t" * 32, "data": data}


def stored(kind: str, seq: int = 1, run_id: str = RUN, **data: Any) -> dict[str, Any]:
    return {**passing(kind, **data), "seq": seq, "thread_id": THREAD, "run_id": run_id, "request_id": "r"}
