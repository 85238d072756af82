"""The plan of a run: which agents work, in which order, and how an LLM's own plan is checked."""

from itertools import pairwise
from typing import Any

from sut.agents.interface import AgentName
from sut.common.errors import PlatformError

DEFAULT_PLAN: tuple[AgentName, ...] = ("triage", "data", "optimization", "report")
MAX_STEPS = 8

# Who may hand over to whom.
HAND_OVERS: dict[str, frozenset[str]] = {
    "triage": frozenset({"data"}),
    "data": frozenset({"optimization", "report"}),
    "optimization": frozenset({"data", "report"}),
    "report": frozenset(),
}


def check_plan(named: Any) -> tuple[AgentName, ...]:
    """Check the plan that the LLM made.

    An agent that is handed to more than once works once: the same question over the same facts gives the same result.

    Args:
        named: The ``plan`` of its JSON; anything may stand there.

    Returns:
        The agents that work, in their order; the default plan when it names none, or a hand-over that is not
        permitted.

    Raises:
        PlatformError: ``HANDOFF_LIMIT``: too many steps. ``AGENT_UNAVAILABLE``: it names an agent that does not exist.
    """
    if not isinstance(named, list) or not named:
        return DEFAULT_PLAN
    if len(named) > MAX_STEPS:
        raise PlatformError(
            "HANDOFF_LIMIT",
            f"The plan has {len(named)} steps, {MAX_STEPS} are allowed. Please ask in other words.",
        )
    for name in named:
        if name not in HAND_OVERS:
            raise PlatformError(
                "AGENT_UNAVAILABLE", f"The plan hands over to {str(name)[:64]!r}, which does not exist."
            )
    permitted = all(after in HAND_OVERS[before] for before, after in pairwise(named))
    if not permitted or named[0] != "triage" or named[-1] != "report":
        return DEFAULT_PLAN
    return tuple(agent for agent in DEFAULT_PLAN if agent in named)
