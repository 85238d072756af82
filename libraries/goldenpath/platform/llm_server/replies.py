"""What the mocked LLM answers when nothing is scripted: what a well-behaved model would."""

import json
import re
from typing import Any

_TASK = re.compile(r"^Task: (\w+)$", re.MULTILINE)
_FACT = re.compile(r"^- (.+)$", re.MULTILINE)
_PLAN = ["triage", "data", "optimization", "report"]
_INTENTS = (
    ("sav", "savings"),
    ("latency", "latency"),
    ("token", "usage"),
    ("request", "usage"),
    ("by model", "cost_breakdown"),
)


def task_of(messages: list[dict[str, Any]]) -> str | None:
    """Find what a prompt asks for.

    Args:
        messages: The prompt.

    Returns:
        The word after ``Task:`` in a system message.
    """
    found = _TASK.search(_system_text(messages))
    return found[1] if found else None


def default_reply(messages: list[dict[str, Any]]) -> str:
    """Answer a prompt.

    Args:
        messages: The prompt.

    Returns:
        For ``Task: triage`` a JSON object with intent and plan; for ``Task: report`` prose that restates exactly the
        facts of the prompt.
    """
    question = next((str(m.get("content", "")) for m in reversed(messages) if m.get("role") == "user"), "")
    match task_of(messages):
        case "triage":
            words = question.lower()
            intent = next((intent for word, intent in _INTENTS if word in words), "spend")
            return json.dumps({"intent": intent, "period": None, "subject": None, "plan": _PLAN})
        case "report":
            return " ".join(["Here is what your usage data says.", *_FACT.findall(_system_text(messages))])
        case _:
            return "I have been asked nothing that I know how to answer."


def _system_text(messages: list[dict[str, Any]]) -> str:
    return "\n".join(str(m.get("content", "")) for m in messages if m.get("role") == "system")
