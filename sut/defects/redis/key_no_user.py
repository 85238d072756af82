"""The keys of a cache do not name their user."""

import asyncio
import json
from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="redis.key_no_user",
    seen="What was cached for A is given to B, who asks the same.",
    caught_by=("1176-J2",),
    expects=("answer-is-true",),
    service="sut.backend",
    here="The cache is kept in the process: the platform has none in Redis for what tools find.",
)


def apply(seams: Seams) -> None:
    """Replace the tool that breaks costs down."""
    cached: dict[str, Any] = {}
    one_at_a_time = asyncio.Lock()

    def caching(call: Any) -> Any:
        async def called(self: Any, parameters: dict[str, Any]) -> Any:
            key = json.dumps(parameters, sort_keys=True)
            async with one_at_a_time:
                if key not in cached:
                    cached[key] = await call(self, parameters)
            return cached[key]

        return called

    seams.replace("sut.agents.tools:CostBreakdown.__call__", caching)
