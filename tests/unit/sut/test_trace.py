import asyncio

import pytest

from sut.common import trace

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    "text",
    [
        f"00-{TRACE}-b7ad6b7169203331-01",
        f" 00-{TRACE}-b7ad6b7169203331-00 ",
        f"01-{TRACE}-b7ad6b7169203331-01-what a later version adds",
    ],
)
def test_a_trace_is_continued(text: str) -> None:
    assert trace.parse_traceparent(text) == TRACE


@pytest.mark.parametrize(
    "text",
    [
        "",
        TRACE,
        f"00-{TRACE}-b7ad6b7169203331",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331-01-more",
    ],
)
def test_what_is_no_traceparent_is_not_continued(text: str) -> None:
    assert trace.parse_traceparent(text) is None


async def test_a_call_carries_the_current_trace_and_a_new_span() -> None:
    async def in_a_trace() -> None:
        trace.trace_id.set(TRACE)
        one, two = trace.traceparent(), trace.traceparent()
        assert trace.parse_traceparent(one) == trace.parse_traceparent(two) == TRACE
        assert one != two

    await asyncio.create_task(in_a_trace())


async def test_work_without_a_trace_gets_one_and_keeps_it() -> None:
    async def without_a_trace() -> tuple[str, str]:
        trace.trace_id.set(None)
        return trace.current_trace_id(), trace.current_trace_id()

    first, second = await asyncio.create_task(without_a_trace())
    assert first == second
    assert len(first) == 32
