"""What is not to be awaited is awaited, and the error that comes of it is swallowed."""

import logging
from typing import Any

from sut.defects.kit import Defect, Seams

_log = logging.getLogger(__name__)

DEFECT = Defect(
    name="factory.bridge_await",
    seen="The socket is open and answers pings; a question is neither acknowledged nor refused, and no agent starts.",
    caught_by=("1176-F1", "1176-F5"),
    expects=("advertised-part-runs", "structured-error"),
    why_two="One scenario starts advertised parts, the other parts that are missing; each says what it misses.",
    broad="No question on a socket gets an answer.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace what the handlers of questions have in common."""

    def swallowed(_ask: Any) -> Any:
        async def ask(_self: Any, connection: Any, _frame: Any, **_more: Any) -> None:
            _log.info("user %s: object AgentBridge can't be used in 'await' expression", connection.identity.user_id)

        return ask

    seams.replace("sut.backend.handlers:Handlers._ask", swallowed)
