"""What the stores and the run pages held at the end of a test, as the oracle read it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

# How the places of look-ups are called. A row's content is the row as JSON, by column; a key's is name and value.
ROW_OF = "row of "
RUN_PAGE = "GET /api/runs/"
KEY = "key "


@dataclass(frozen=True, slots=True)
class LookUp:
    """One thing that was looked up for a user.

    Args:
        owner: Whose it is.
        place: What it is: ``row of messages``, ``GET /api/runs/…``, ``key …``.
        content: JSON: a row by its columns, the body of an answer, the value of a key.
        at_ns: `time.monotonic_ns` when it was read.
    """

    owner: str
    place: str
    content: Any = field(repr=False)
    at_ns: int = field(default_factory=time.monotonic_ns)

    def text(self) -> str:
        """Give all of it as one text to search in.

        Returns:
            Place and content, non-ASCII characters unescaped.
        """
        return f"{self.place} {json.dumps(self.content, ensure_ascii=False, default=str)}"
