"""Ends a robot process whose pabot has died: nobody would ever read its results, and it would keep its servers busy."""

import os
import signal

from robot.libraries.BuiltIn import BuiltIn

from goldenpath import runtime
from goldenpath.polling import until

LOOK_EVERY_S = 0.5
LONGEST_RUN_S = 7 * 24 * 3600.0


def end_with_pabot() -> None:
    """See to it that this process ends when the pabot that started it does; under plain robot nothing is done."""
    if BuiltIn().get_variable_value("${PABOTQUEUEINDEX}") is not None:
        runtime.submit(_end_with(os.getppid()))


async def _end_with(parent: int) -> None:
    async def is_gone() -> bool | None:
        return True if os.getppid() != parent else None

    await until(is_gone, within_s=LONGEST_RUN_S, every_s=LOOK_EVERY_S, what="the end of pabot")
    # Robot ends its run in order at the first signal: teardowns run, and the platform is taken down.
    os.kill(os.getpid(), signal.SIGTERM)
