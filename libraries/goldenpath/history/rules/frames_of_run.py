"""The frames of one run, for keywords that look at it before the test is over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from goldenpath.history.frame import Frame
from goldenpath.history.rules.kinds import STORED, TERMINALS


@dataclass(frozen=True, slots=True)
class RunFrames:
    """The frames of one run, in the order of their receipt.

    Args:
        user_id: The user who asked.
        frames: The acknowledgement and every frame with the run's id.
    """

    user_id: str
    frames: Sequence[Frame]

    def of_type(self, *types: str) -> list[Frame]:
        """Give the frames of some types, in the order of their receipt."""
        return [frame for frame in self.frames if frame.type in types]


def watched_s(run: RunFrames) -> float:
    """Measure for how long the user could watch the agents work.

    Args:
        run: The frames of a run that has ended.

    Returns:
        Seconds from the receipt of agent_started to the receipt of the end; 0 without either.
    """
    starts, ends = run.of_type("agent_started"), run.of_type(*TERMINALS)
    return (ends[0].at_ns - starts[0].at_ns) / 1e9 if starts and ends else 0.0


def emitted_at(frame: Frame) -> datetime | None:
    """Read when a frame was made, as the platform says.

    Args:
        frame: The frame.

    Returns:
        The moment, with its time zone; ``None`` when the frame does not say it in RFC 3339.
    """
    try:
        moment = datetime.fromisoformat(str(frame.body.get("timestamp")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def broken_thread_seq(frames: Sequence[Frame]) -> list[str]:
    """Hold the frames of one thread, as one socket received them live, against the promise of seq.

    Args:
        frames: The stored frames of the thread, from its first, in the order of their receipt.

    Returns:
        One finding for each gap, repeat or reversal; empty when seq is 1, 2, 3 ….
    """
    findings, before = [], 0
    for frame in frames:
        if frame.type not in STORED:
            continue
        if frame.seq != before + 1:
            findings.append(f"{frame.type} has seq {frame.seq}, due was {before + 1}")
        before = before if frame.seq is None else frame.seq
    return findings


def shared_run_ids(runs: Sequence[RunFrames]) -> list[str]:
    """Look for ids that several runs have in common, though each is made anew for every question.

    Args:
        runs: The frames of different questions.

    Returns:
        One finding for each id that stands in more than one run.
    """
    findings = []
    for name in ("run_id", "request_id", "trace_id"):
        told = [{str(frame.body[name]) for frame in run.frames if frame.body.get(name)} for run in runs]
        used = Counter(value for values in told for value in values)
        findings += [f"{n} of {len(runs)} runs have the {name} {value}" for value, n in used.items() if n > 1]
    return findings
