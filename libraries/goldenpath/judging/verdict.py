"""One test's judgement: all rules over its history, and over the stores once per suite, as problems and a stamp."""

import time
from collections.abc import Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from goldenpath import runtime
from goldenpath.history.judge import Judgement, judge
from goldenpath.history.look_ups import LookUp
from goldenpath.history.people import Person
from goldenpath.history.recorder import Recorder
from goldenpath.judging import stores
from goldenpath.judging.silence import prove_silence
from goldenpath.world import World

T = TypeVar("T")

# More findings than these are told in the log only.
MOST_TOLD = 20
# The tag of a test that is about something else than the wire.
NO_WIRE = "no-wire"
NOTHING_SEEN = (
    "Nothing passed the wire in this test, so the judge saw nothing. Let a user do something, hand the answer of "
    f"another library to `Remember The Answer`, or tag the test `{NO_WIRE}`."
)
_WORK_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says about a test.

    Args:
        stamp: ``judged: n frames, m rules``, or ``not judged: …``.
        problems: What fails the test, each a sentence.
        findings: All findings that are told, each a line for the log.
        notes: What could not be held against the history, each a line for the log.
        nothing_seen: Why a test that has not failed otherwise has not passed either; empty when something was seen.
        judged: Whether the judge could do its work; a test that was not judged has not passed.
    """

    stamp: str
    problems: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    nothing_seen: str = ""
    judged: bool = True


class Judge:
    """Judges one test after the other, and what the stores hold at the end of each suite."""

    def __init__(self) -> None:
        self._suite = Recorder()

    def judge_test(self, here: World, test: str, tags: Collection[str], last_of_suite: bool) -> Verdict:
        """Judge the test that has just ended; its sockets are closed on the way.

        Args:
            here: What the test made.
            test: Its name.
            tags: Its tags; with `NO_WIRE` it may have sent nothing.
            last_of_suite: Whether the stores are to be scanned.

        Returns:
            The verdict. Whatever goes wrong on the way makes it that the test is not judged.
        """
        waived = dict(here.waived)
        try:
            self._look(here, test, last_of_suite)
            judgements = [judge(here.recorder, here.target.not_offered, waived)]
            if self._suite.look_ups:
                judgements.append(judge(self._suite, here.target.not_offered, waived))
            return _verdict(judgements, waived, NO_WIRE in tags)
        except Exception as error:  # whatever it is, it must not look like a judgement
            return Verdict(f"not judged: {type(error).__name__}: {error}", judged=False)
        finally:
            if last_of_suite:
                self._suite = Recorder()

    def _look(self, here: World, test: str, last_of_suite: bool) -> None:
        """Prove the silence, look into the stores, then close: only a user who is still there can read."""
        recorder, offers = here.recorder, here.target.offers
        _do(prove_silence([user.socket for user in here.users if user.socket and user.socket.channel.closed is None]))
        stores.introduce(recorder.people, here.users)
        for person in recorder.people:
            self._remember(person, test)
        if here.users and offers("database"):
            read_ns = time.monotonic_ns()
            _keep(recorder, _do(stores.rows_of_threads(here.postgres, recorder.people)))
            recorder.rows_read_ns = read_ns
        if here.users and offers("runs"):
            _keep(recorder, _do(stores.run_pages(here.backend, here.users)))
        here.close_sockets()
        everybody = list(self._suite.people)
        if last_of_suite and everybody and offers("rows"):
            _keep(self._suite, _do(stores.all_rows(here.postgres, everybody, here.target.dialect.owned_rows)))
        if last_of_suite and everybody and offers("redis"):
            _keep(self._suite, _do(stores.all_keys(here.cache, everybody)))

    def _remember(self, person: Person, test: str) -> None:
        """Two tests may use the same account; then what is in its rows belongs to both."""
        same = [known for known in self._suite.people if known.user_id == person.user_id != ""]
        known = same[0] if same else self._suite.people.add(f"{person.name} of '{test}'", ())
        known.user_id, known.tenant_id = person.user_id, person.tenant_id
        known.marks |= person.marks


def _verdict(judgements: list[Judgement], waived: dict[str, str], no_wire: bool) -> Verdict:
    of_test = judgements[0]
    findings = [str(finding) for judgement in judgements for finding in judgement.findings]
    problems = findings[:MOST_TOLD]
    more = len(findings) - len(problems) + sum(judgement.untold() for judgement in judgements)
    if more:
        problems.append(f"… and {more} more findings of the judge; the log tells them, of each rule the first ones.")
    nothing_seen = NOTHING_SEEN if not of_test.frames and not of_test.bodies and not no_wire else ""
    parts = [of_test.stamp(), *(f"waived: {name} ({reason})" for name, reason in waived.items())]
    if len(judgements) > 1:
        parts.insert(1, f"stores of the suite: {judgements[1].look_ups} look-ups")
    notes = [f"unproven: {rule}, {n} times" for rule, n in of_test.unproven.items()]
    notes += [f"not applied: {rule} needs {', '.join(needs)}" for rule, needs in of_test.not_applicable.items()]
    return Verdict("; ".join(parts), problems, findings, notes, nothing_seen)


def _do(work: Coroutine[Any, Any, T]) -> T:
    return runtime.run(work, timeout_s=_WORK_WITHIN_S)


def _keep(recorder: Recorder, look_ups: list[LookUp]) -> None:
    for look_up in look_ups:
        recorder.record_look_up(look_up)
