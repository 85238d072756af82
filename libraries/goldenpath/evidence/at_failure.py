"""Listens for the step at which a test fails, and logs there, once a test, what was to be seen at that moment."""

import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from robot import result, running
from robot.api import logger
from robot.errors import DataError
from robot.libraries.BuiltIn import BuiltIn

from goldenpath.errors import PlatformStartError, UsageError
from goldenpath.evidence.failure import Failure, failure_now
from goldenpath.evidence.gather import evidence_of
from goldenpath.world import World, world

# What fails below these is expected to, or is tried again.
_CATCHERS = {
    f"BuiltIn.{name}"
    for name in (
        "Run Keyword And Expect Error",
        "Run Keyword And Ignore Error",
        "Run Keyword And Return Status",
        "Run Keyword And Warn On Failure",
        "Wait Until Keyword Succeeds",
    )
}

# A converter's refusal is a plain ValueError without any other sign of where it comes from.
_NOT_CONVERTED = re.compile(r"ValueError: Argument '.+?' got value ")


class AtFailure:
    """Logs the evidence of a failure at the step that fails, and remembers the failure for the test's message.

    Attributes:
        failure: What is known of the failure; ``None`` while nothing has failed, or where there is nothing to see.
        seen: Whether a step has failed.
        mistake: Whether it is one of the test itself: an unknown keyword, a wrong argument, a wrong order of steps.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.failure: Failure | None = None
        self.mistake = False
        self.seen = False

    def end_body_item(self, data: Any, result: Any) -> None:
        """Robot calls this at the end of each keyword and control structure, the innermost first."""
        if result.status != "FAIL" or self.seen or BuiltIn().dry_run_active or _caught(result):
            return
        self.seen = True
        # Robot tells a listener only the text of an error; while it does, the error itself is the current one.
        error = sys.exception()
        self.mistake = _is_mistake(error, result.message)
        if not self.mistake and not isinstance(error, PlatformStartError):
            self.failure = show(world(), result.message, _handed(data), result.elapsed_time.total_seconds())

    def end_suite(self, data: running.TestSuite, result: result.TestSuite) -> None:
        """Robot calls this at the end of each suite, after its tear-down."""
        self.forget()


def show(here: World, message: str, handed: Iterable[object], step_s: float, *, at_step: bool = True) -> Failure | None:
    """Log what is to be seen of a failure now; whatever goes wrong with that, the failure itself stays what it is.

    Args:
        here: What the test made.
        message: Of the failure.
        handed: What the failing step was handed.
        step_s: Seconds that it took.
        at_step: Whether it is logged in the failing step; the test itself shows its conversations anyway.

    Returns:
        What is known of the failure; ``None`` where no user has done anything that could be looked at.
    """
    if not here.recorder.channels and not here.recorder.exchanges:
        return None
    failure = None
    try:
        failure = failure_now(here, message, handed, step_s)
        logger.info(evidence_of(here, failure, at_step=at_step), html=True)
    except Exception as error:  # the reader shall see the failure, not the failure to explain it
        logger.info(f"No evidence could be collected: {type(error).__name__}: {error}")
    return failure


def _is_mistake(error: BaseException | None, message: str) -> bool:
    """Whether the test itself is wrong: what Robot cannot run, what it cannot hand over, what a keyword refuses."""
    return isinstance(error, DataError | UsageError) or _NOT_CONVERTED.match(message) is not None


def _caught(item: Any) -> bool:
    """Whether a failing step may fail without the test failing."""
    above = item.parent
    while above is not None:
        if getattr(above, "type", "") == "TRY" or getattr(above, "full_name", "") in _CATCHERS:
            return True
        above = getattr(above, "parent", None)
    return False


def _handed(data: Any) -> Iterator[object]:
    """The values of the variables that a failing step was handed."""
    for argument in getattr(data, "args", ()):
        name = str(argument).partition("=")[2] or str(argument)
        if name[:1] in {"$", "@"} and name.endswith("}"):
            yield BuiltIn().get_variable_value(f"${name[1:]}")
