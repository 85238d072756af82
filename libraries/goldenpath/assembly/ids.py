"""Ids of runs: each made anew, none empty, and the same in every place that names them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from goldenpath.checks import check

OWN_IDS = check("every-run-its-own-ids", "Each run gets its own ids; none is shared, reused or empty.")
LET_IN = check("every-user-is-let-in", "Every user gets a working socket, whatever their id is.")
OWN_FIGURES = check("own-figures", "An answer states the figures of its user's own data.")

# What belongs to one run alone.
OF_ONE_RUN = ("message_id", "run_id", "request_id", "trace_id")


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one run.

    Args:
        whose: The question, as a finding will name it.
        told: By name, as its acknowledgement told them; names that the platform does not tell are left out.
    """

    whose: str
    told: Mapping[str, object]


def wrong_ids(runs: Sequence[Ids]) -> list[str]:
    """Find ids that are empty, or that two runs share.

    Args:
        runs: The ids of some runs.

    Returns:
        One sentence for each finding.
    """
    found = []
    for name in OF_ONE_RUN:
        owners: dict[object, str] = {}
        for run in runs:
            value = run.told.get(name)
            if name in run.told and _is_empty(value):
                found.append(f"{run.whose} has the empty {name} {value!r}")
            elif value is not None and owners.setdefault(value, run.whose) != run.whose:
                found.append(f"{run.whose} has the {name} {value} of {owners[value]}")
    return found


def differing(whose: str, first: Mapping[str, object], second: Mapping[str, object]) -> list[str]:
    """Find ids that two places tell differently.

    Args:
        whose: The question.
        first: By name, in one place.
        second: In the other; names that stand in one place only do not count.

    Returns:
        One sentence for each finding.
    """
    return [
        f"{whose} has {name} {first[name]} in its acknowledgement and {second[name]} over REST"
        for name in (*OF_ONE_RUN, "thread_id")
        if name in first and name in second and first[name] != second[name]
    ]


def used_again(headers: Iterable[Mapping[str, str]], name: str = "x-request-id") -> list[str]:
    """Find answers over HTTP that name the request of another one.

    Args:
        headers: Of each answer, names in lower case.
        name: The header.

    Returns:
        The values that came more than once.
    """
    seen: set[str] = set()
    again = []
    for answer in headers:
        value = answer.get(name)
        if value is not None and value in seen:
            again.append(value)
        seen.add(str(value))
    return again


def _is_empty(value: object) -> bool:
    text = str(value or "")
    return not text.strip("0- ") or text in {"None", "null"} or _is_nil(text)


def _is_nil(text: str) -> bool:
    try:
        return UUID(text).int == 0
    except ValueError:
        return False
