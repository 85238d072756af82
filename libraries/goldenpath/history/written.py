"""A history as JSON lines: one line a frame, opening, close, exchange, look-up and fault, in the order of time.

The first line is the header: which test, which target and platform, which seeds, who the users were. Times are seconds
since the first moment of the history.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldenpath.errors import UsageError
from goldenpath.history.exchange import Exchange
from goldenpath.history.faults import Fault
from goldenpath.history.frame import Reading
from goldenpath.history.look_ups import LookUp
from goldenpath.history.recorder import Channel, Close, Recorder

Line = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Written:
    """A history that was read again.

    Args:
        header: The first line.
        recorder: The history; moments count from its beginning.
    """

    header: dict[str, Any]
    recorder: Recorder


def write(path: Path, recorder: Recorder, header: Mapping[str, Any], clean: Callable[[str], str]) -> int:
    """Write a history.

    Args:
        path: The file; its folder is made.
        recorder: The history.
        header: What the first line tells besides users and seeds.
        clean: Takes secrets out of a text; every body and every line goes through it.

    Returns:
        The number of lines behind the header.
    """
    lines = sorted(_lines(recorder, clean), key=lambda line: line[0])
    zero_ns = lines[0][0] if lines else 0
    people = {
        person.name: {"user_id": person.user_id, "tenant_id": person.tenant_id, "marks": sorted(person.marks)}
        for person in recorder.people
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        first = {"kind": "header", **header, "seeds": recorder.seeds, "people": people, "lines": len(lines)}
        file.write(clean(_dumped(first)) + "\n")
        for at_ns, line in lines:
            file.write(clean(_dumped({"at_s": _seconds(at_ns - zero_ns), **_relative(line, zero_ns)})) + "\n")
    return len(lines)


def read(path: Path, reading_of: Callable[[dict[str, Any]], Reading | None] = lambda _: None) -> Written:
    """Read a written history.

    Args:
        path: The file.
        reading_of: Gives, by the header, how the platform's frames are read in the contract's form.

    Returns:
        Header and history; what was a secret reads ``<secret>``.

    Raises:
        UsageError: It is no written history, or it was cut off.
    """
    with path.open(encoding="utf-8") as file:
        try:
            parsed = [json.loads(line) for line in file]
        except ValueError as error:
            raise UsageError(f"{path} is no written history: {error}") from None
    if not parsed or parsed[0].get("kind") != "header" or parsed[0].get("lines") != len(parsed) - 1:
        raise UsageError(f"{path} is no complete history: its header does not fit the lines behind it.")
    header, *lines = parsed
    recorder = Recorder(most_frames=len(lines) + 1, most_characters=path.stat().st_size + 1)
    recorder.reading = reading_of(header)
    for name, person in header["people"].items():
        known = recorder.people.add(name, person["marks"])
        known.user_id, known.tenant_id = person["user_id"], person["tenant_id"]
    recorder.seeds = header["seeds"]
    channels: dict[tuple[str, str], Channel] = {}
    for line in lines:
        _take(recorder, channels, line)
    return Written(header, recorder)


def _lines(recorder: Recorder, clean: Callable[[str], str]) -> Iterator[Line]:
    for channel in recorder.channels:
        who = {"user": channel.owner, "place": channel.name}
        yield channel.asked_ns, {"kind": "open", **who, "opened_ns": channel.opened_ns}
        for frame in channel.frames:
            yield frame.at_ns, {"kind": "frame", **who, "direction": frame.direction, **_raw(frame.raw, clean)}
        if (end := channel.closed) is not None:
            yield end.at_ns, {"kind": "close", **who, "code": end.code, "reason": end.reason, "by": end.by}
    for exchange in recorder.exchanges:
        yield (
            exchange.sent_ns,
            {
                "kind": "exchange",
                "user": exchange.owner,
                "place": str(exchange),
                "method": exchange.method,
                "path": exchange.path,
                "query": dict(exchange.query),
                "status": exchange.status,
                "outcome": exchange.outcome,
                "ended_ns": exchange.ended_ns,
                "request": clean(exchange.request),
                "answer": clean(exchange.answer),
                "sent_headers": dict(exchange.sent_headers),
                "headers": dict(exchange.headers),
                "trouble": exchange.trouble,
            },
        )
    for look_up in recorder.look_ups:
        content = json.loads(clean(_dumped(look_up.content)))
        yield look_up.at_ns, {"kind": "look_up", "user": look_up.owner, "place": look_up.place, "content": content}
    for fault in recorder.faults:
        yield (
            fault.asked_ns,
            {"kind": "fault", "place": fault.name, "applied_ns": fault.applied_ns, "healed_ns": fault.healed_ns},
        )


def _raw(raw: str | bytes, clean: Callable[[str], str]) -> dict[str, str]:
    if isinstance(raw, str):
        return {"raw": clean(raw)}
    return {"base64": base64.b64encode(clean(raw.decode("latin-1")).encode("latin-1")).decode("ascii")}


def _relative(line: dict[str, Any], zero_ns: int) -> dict[str, Any]:
    """Write further moments of a line, in nanoseconds, as seconds since the beginning, under a name that says so."""
    return {
        (name.removesuffix("_ns") + "_s" if name.endswith("_ns") else name): (
            _seconds(value - zero_ns) if name.endswith("_ns") and value is not None else value
        )
        for name, value in line.items()
    }


def _take(recorder: Recorder, channels: dict[tuple[str, str], Channel], line: dict[str, Any]) -> None:
    at_ns, kind, place = _ns(line["at_s"]), line["kind"], line["place"]
    if kind == "fault":
        recorder.faults.append(Fault(place, at_ns, _ns_or_none(line["applied_s"]), _ns_or_none(line["healed_s"])))
        return
    user = line["user"]
    if kind == "open":
        channel = channels[user, place] = recorder.channel(user, place)
        channel.asked_ns, channel.opened_ns = at_ns, _ns(line["opened_s"])
    elif kind == "frame":
        raw = line["raw"] if "raw" in line else base64.b64decode(line["base64"])
        channels[user, place].record(line["direction"], raw).at_ns = at_ns
    elif kind == "close":
        channels[user, place].record_close(Close(line["code"], line["reason"], at_ns, line["by"]))
    elif kind == "look_up":
        recorder.record_look_up(LookUp(user, place, line["content"], at_ns))
    else:
        names = ("method", "path", "query", "status", "outcome", "request", "answer", "sent_headers", "headers")
        told = {name: line[name] for name in (*names, "trouble")}
        recorder.record_exchange(Exchange(user, sent_ns=at_ns, ended_ns=_ns(line["ended_s"]), **told))


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _seconds(ns: int) -> float:
    return round(ns / 1e9, 9)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _ns_or_none(seconds: float | None) -> int | None:
    return None if seconds is None else _ns(seconds)
