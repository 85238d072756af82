import asyncio
import json
import logging
import sys

from sut.common import trace
from sut.common.logs import JsonFormatter
from sut.common.timing import rfc3339, utc_now


def line_of(message: str, *arguments: object) -> dict[str, str]:
    record = logging.LogRecord("sut.x", logging.WARNING, "x.py", 1, message, arguments, sys.exc_info())
    if record.exc_info == (None, None, None):
        record.exc_info = None
    line: dict[str, str] = json.loads(JsonFormatter("auth").format(record))
    return line


async def test_a_line_is_one_json_object_with_the_trace() -> None:
    async def in_a_trace() -> dict[str, str]:
        trace.trace_id.set("t" * 32)
        return line_of("two\nlines: %s", 7)

    line = await asyncio.create_task(in_a_trace())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "WARNING",
        "logger": "sut.x",
        "message": "two\nlines: 7",
        "service": "auth",
        "trace_id": "t" * 32,
    }


def test_an_exception_stands_in_its_line() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        line = line_of("failed")
    assert line["exception"].endswith("ValueError: why")


def test_a_moment_is_written_with_milliseconds_and_z() -> None:
    now = utc_now()
    text = rfc3339(now)
    assert len(text) == len("2026-11-21T05:12:01.123Z")
    assert text == now.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
