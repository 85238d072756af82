"""What a platform advertises, agents and tools, and whether such a part really worked in a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from goldenpath.checks import check
from goldenpath.history.frame import Frame

PART_RUNS = check("advertised-part-runs", "Every advertised agent and tool can be started over every entry, and works.")

Kind = Literal["agent", "tool"]


@dataclass(frozen=True, slots=True)
class Part:
    """An advertised agent or tool.

    Args:
        kind: Which of both.
        name: How plans and frames name it.
        example: The question that is said to make it run.
    """

    kind: Kind
    name: str
    example: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def read_parts(kind: Kind, items: Iterable[Mapping[str, Any]]) -> list[Part]:
    """Read what is advertised.

    Args:
        kind: Agents or tools.
        items: The items of the list.

    Returns:
        The parts.

    Raises:
        PromiseBroken: One of them has no name or no example, or nothing is advertised.
    """
    parts = [Part(kind, str(item.get("name") or ""), str(item.get("example") or "")) for item in items]
    nameless = [part for part in parts if not part.name.strip() or not part.example.strip()]
    if not parts or nameless:
        raise PART_RUNS.broken(f"of {len(parts)} advertised {kind}s {len(nameless)} have no name or no example")
    return parts


def not_worked(part: Part, frames: Iterable[Frame], steps: Iterable[Mapping[str, Any]]) -> str | None:
    """Tell why a part did not really work in a run.

    Args:
        part: The part.
        frames: The run's frames.
        steps: The run's steps as REST shows them.

    Returns:
        The reason; ``None``: it did work.
    """
    if part.kind == "agent":
        return _agent_did_not(part.name, frames, steps)
    return _tool_did_not(part.name, frames)


def _agent_did_not(name: str, frames: Iterable[Frame], steps: Iterable[Mapping[str, Any]]) -> str | None:
    thought = any(frame.type == "agent_thinking" and frame.data.get("agent") == name for frame in frames)
    if not thought:
        return f"no agent_thinking of {name} was sent"
    step = next((step for step in steps if step.get("agent") == name), None)
    if step is None or step.get("state") != "done" or not step.get("result"):
        return f"its step is {step and step.get('state')}, with the result {step and step.get('result')}"
    return None


def _tool_did_not(name: str, frames: Iterable[Frame]) -> str | None:
    own = [frame for frame in frames if frame.data.get("tool_name") == name]
    begun = {frame.data.get("tool_call_id") for frame in own if frame.type == "tool_executing"}
    ended = [frame for frame in own if frame.type == "tool_completed" and frame.data.get("tool_call_id") in begun]
    if not begun:
        return f"no tool_executing of {name} was sent"
    if not any(frame.data.get("status") == "ok" and frame.data.get("result") for frame in ended):
        return f"no call of {name} succeeded with a result: {[frame.data.get('status') for frame in ended]}"
    return None
