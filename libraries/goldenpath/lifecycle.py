"""What happens around every test that uses one of our libraries, whatever it imports.

All libraries name the same listeners, so the end of a test comes here once for each library; everything below is done
by the first call, and the others find that it is done.
"""

from collections import Counter
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from robot import result, running
from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn

from goldenpath.evidence.at_failure import AtFailure
from goldenpath.evidence.explain import explain
from goldenpath.evidence.platform_log import error_in_short
from goldenpath.judging.keeping import keep_history
from goldenpath.judging.verdict import Judge, Verdict
from goldenpath.needs import Needs
from goldenpath.on_purpose import OnPurpose
from goldenpath.reporting.redaction import Redaction
from goldenpath.reporting.run_pictures import conversation_of, picture_of, picture_of_all
from goldenpath.world import World, world

ALL_HISTORIES = "all"


class Lifecycle:
    """Ends every test: draws its runs, has it judged, fails it for what was found, and keeps its history."""

    ROBOT_LISTENER_API_VERSION = 3
    # Above the redaction, which has to see the messages that are made here.
    ROBOT_LISTENER_PRIORITY = 10

    def __init__(self, at_failure: AtFailure) -> None:
        self._at_failure = at_failure
        self._logged_before: Counter[str] = Counter()
        self._judge = Judge()
        self._ended: result.TestCase | None = None

    def end_test(self, data: running.TestCase, result: result.TestCase) -> None:
        """Robot calls this at the end of each test."""
        if self._ended is result:
            return
        self._ended = result
        if BuiltIn().dry_run_active:
            return
        here = world()
        try:
            _show(here)
            last = data.parent is not None and data.parent.tests[-1].id == data.id
            # After a failed step the rest was not even tried.
            problems = [] if result.failed else here.never_awaited()
            verdict = self._judge.judge_test(here, result.name, list(result.tags), last)
            errors = self._new_error_lines(here)
            broken = bool(errors or verdict.findings) or (result.failed and not self._at_failure.mistake)
            _pass_sentence(result, problems + errors + verdict.problems, verdict)
            if result.failed:
                explain(here, data, result, self._at_failure, verdict.stamp, about_platform=broken)
            if result.failed or BuiltIn().get_variable_value("${HISTORY}") == ALL_HISTORIES:
                _keep(here, result)
        except Exception as error:  # Robot would only log it, and the test would pass
            _pass_sentence(result, [], Verdict(f"not judged: {type(error).__name__}: {error}", judged=False))
        finally:
            self._at_failure.forget()
            here.end_test()

    def _new_error_lines(self, here: World) -> list[str]:
        if not here.platform_started:
            return []
        logged = Counter(here.platform.error_lines())
        new, self._logged_before = logged - self._logged_before, logged
        for line in new:
            logger.info(f"The platform logged an error:\n{line}")
        return [f"The platform logged an error: {error_in_short(line)}" for line in new.elements()]


def _show(here: World) -> None:
    for user in here.users:
        if user.runs:
            logger.info(conversation_of(user), html=True)
    runs = [run for user in here.users for run in user.runs if run.sent_ns]
    for run in runs:
        logger.info(picture_of(run), html=True)
    if len({run.user for run in runs}) > 1:
        logger.info(picture_of_all(runs), html=True)
    if rulings := here.ledger.rulings():
        logger.info("Limits, over what this process has measured so far:\n" + "\n".join(map(str, rulings)))


def _pass_sentence(result: result.TestCase, problems: list[str], verdict: Verdict) -> None:
    """Fail the test for its problems and stamp it; a skipped one, which proves nothing, only for what was found."""
    logger.info("\n".join([verdict.stamp, *verdict.findings, *verdict.notes]))
    if result.skipped and not verdict.findings:
        return
    if verdict.nothing_seen and not result.failed and not problems:
        problems = [verdict.nothing_seen]
    if problems or not verdict.judged:
        result.status = "FAIL"
    if verdict.stamp not in result.message:
        result.message = "\n\n".join(filter(None, [result.message, *problems, verdict.stamp]))


def _keep(here: World, result: result.TestCase) -> None:
    value = BuiltIn().get_variable_value
    header = {
        "test": result.name,
        "suite": result.parent.full_name if result.parent else "",
        "status": result.status,
        "target": here.target.name,
        "not_offered": sorted(here.target.not_offered),
        "platform": here.platform.versions() if here.platform_started else {},
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    process = value("${PABOTQUEUEINDEX}")
    place = keep_history(here.recorder, header, Path(value("${OUTPUT_DIR}")), None if process is None else str(process))
    link = escape(place.as_posix(), quote=True)
    logger.info(f'What passed between the users of this test and the platform: <a href="{link}">{link}</a>', html=True)


_AT_FAILURE = AtFailure()
LISTENERS = [OnPurpose(), Needs(), _AT_FAILURE, Lifecycle(_AT_FAILURE), Redaction()]
