"""Scripts of conversations: replies that stand ready for prompts that carry a marker."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

MARKER = re.compile(r"\[\[llm:([\w.-]{1,64})\]\]")
_REMEMBERED_REQUESTS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted reply; without ``content``, ``json`` and ``status`` the default reply, with the faults named.

    Args:
        content: The text to answer with.
        json: An object to answer with, as text.
        status: An HTTP status to refuse with.
        retry_after_s: ``Retry-After`` of a refusal, in seconds.
        delay_s: Seconds before anything is sent.
        first_token_delay_s: Seconds between the headers and the first token.
        cut_after_chars: The connection is cut after so many characters of the text.
        malformed_chunk: A piece that is no JSON comes before the end.
        stall: The headers come, then nothing, until the asker gives up.
    """

    content: str | None = None
    json: Any = None
    status: int | None = None
    retry_after_s: float | None = None
    delay_s: float = 0.0
    first_token_delay_s: float = 0.0
    cut_after_chars: int | None = None
    malformed_chunk: bool = False
    stall: bool = False

    @classmethod
    def of(cls, named: Mapping[str, Any]) -> Self:
        """Read a reply as it comes over the wire.

        Args:
            named: Fields of this class.

        Returns:
            The reply.

        Raises:
            ValueError: A field is unknown.
        """
        unknown = set(named) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown in a reply: {', '.join(sorted(unknown))}")
        return cls(**named)


class ScriptBook:
    """Scripts by marker, and what was asked."""

    def __init__(self) -> None:
        self._scripts: dict[str, list[tuple[str | None, Reply]]] = {}
        self.asked: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED_REQUESTS)

    def add(self, marker: str, replies: list[Reply], for_task: str | None) -> None:
        """Append replies to a conversation's script.

        Args:
            marker: The conversation's marker, without the brackets.
            replies: Given in this order, each once.
            for_task: Only prompts of this task (``triage``, ``report``) get them.
        """
        self._scripts.setdefault(marker, []).extend((for_task, reply) for reply in replies)

    def clear(self, marker: str) -> None:
        """Forget a conversation: what is left of its script, and what it asked.

        Args:
            marker: The conversation's marker.
        """
        self._scripts.pop(marker, None)
        self.asked = deque((entry for entry in self.asked if entry["marker"] != marker), maxlen=_REMEMBERED_REQUESTS)

    def next_reply(self, marker: str | None, task: str | None) -> Reply | None:
        """Take the next scripted reply.

        Args:
            marker: The prompt's marker.
            task: The prompt's task.

        Returns:
            The reply; ``None`` when nothing is scripted for it.
        """
        waiting = self._scripts.get(marker, []) if marker else []
        for place, (for_task, _) in enumerate(waiting):
            if for_task in {None, task}:
                return waiting.pop(place)[1]
        return None


def marker_in(messages: list[dict[str, Any]]) -> str | None:
    """Find the marker of a prompt.

    Args:
        messages: The prompt.

    Returns:
        The marker of the newest user message that has one.
    """
    for message in reversed(messages):
        if message.get("role") == "user" and (found := MARKER.findall(str(message.get("content", "")))):
            return str(found[-1])
    return None
