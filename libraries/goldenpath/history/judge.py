"""The judge: holds a whole history against every rule, in one linear pass over its frames."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from goldenpath.history.finding import Finding
from goldenpath.history.look_ups import ROW_OF, RUN_PAGE
from goldenpath.history.recorder import Channel, Recorder
from goldenpath.history.rules import RULES, Rule
from goldenpath.history.rules.book import Broken, Unproven
from goldenpath.history.rules.views import ChannelView, HistoryView, RunView
from goldenpath.history.rules.walk import Walk

# Of one rule so many findings are told in full; the others are counted.
MOST_OF_ONE_RULE = 20


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say about a history.

    Args:
        frames: How many frames were looked at.
        bodies: How many answers over HTTP were looked at.
        look_ups: How many rows, keys and pages were looked at.
        rules: The names of the rules that were applied.
        findings: What is wrong; of each rule the first ones.
        waived: By rule: why its findings do not count here.
        not_applicable: By rule: the capabilities that the platform does not offer.
        unproven: By rule: how often it could not be found out whether it is kept.
        counts: By rule: how many findings it has, told or not; those of waived rules too.
    """

    frames: int
    bodies: int
    look_ups: int
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    waived: Mapping[str, str]
    not_applicable: Mapping[str, tuple[str, ...]]
    unproven: Mapping[str, int]
    counts: Mapping[str, int]

    def stamp(self) -> str:
        """Say in one line what was judged.

        Returns:
            For example ``judged: 132 frames, 14 bodies, 58 rules``.
        """
        return f"judged: {self.frames} frames, {self.bodies} bodies, {len(self.rules)} rules"

    def untold(self) -> int:
        """Count the findings that are not told in full.

        Returns:
            How many there are beside `findings`.
        """
        return sum(n for name, n in self.counts.items() if name not in self.waived) - len(self.findings)


def judge(
    recorder: Recorder, not_offered: frozenset[str] = frozenset(), waived: Mapping[str, str] | None = None
) -> Judgement:
    """Hold a history against every rule.

    Args:
        recorder: The history.
        not_offered: Capabilities that the platform does not have: rules that need one of them are not applied.
        waived: By rule: why its findings do not count in this test.

    Returns:
        What was looked at and what was found.

    Raises:
        KeyError: A rule is waived that does not exist.
    """
    waived = dict(waived or {})
    for name in waived:
        RULES[name]
    rules = [rule for rule in RULES.values() if not rule.needs & not_offered]
    notes = _Notes(waived)
    history = _history(recorder, not_offered)
    _judge_channels(recorder.channels, history, rules, notes)
    for rule in (rule for rule in rules if rule.scope == "user"):
        for user in history.users.values():
            notes.take(rule, user.name, "", rule.check(user))
    of_exchanges = [rule for rule in rules if rule.scope == "exchange"]
    for exchange in recorder.exchanges:
        for rule in of_exchanges:
            notes.take(rule, exchange.owner, str(exchange), rule.check(exchange))
    # Nobody asks for single frames from here on, and a million of them weigh as much as what the search needs.
    history.events.clear()
    history.calls.clear()
    for rule in (rule for rule in rules if rule.scope == "history"):
        notes.take(rule, "all users", "", rule.check(history))
    return Judgement(
        frames=sum(len(channel.frames) for channel in recorder.channels),
        bodies=sum(1 for exchange in recorder.exchanges if exchange.status is not None),
        look_ups=len(recorder.look_ups),
        rules=tuple(rule.name for rule in rules if rule.name not in waived),
        findings=tuple(notes.findings),
        waived=waived,
        not_applicable={
            rule.name: tuple(sorted(rule.needs & not_offered)) for rule in RULES.values() if rule.needs & not_offered
        },
        unproven=dict(notes.unproven),
        counts=dict(notes.counts),
    )


def judge_connection(channel: Channel, not_offered: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Hold one connection, as far as it has come, against the rules of frames, runs and connections.

    Args:
        channel: The connection.
        not_offered: Capabilities that the platform does not have.

    Returns:
        What is wrong.
    """
    rules = [rule for rule in RULES.values() if not rule.needs & not_offered]
    history, notes = _history(channel.recorder, not_offered), _Notes({})
    _judge_channels([channel], history, rules, notes)
    return tuple(notes.findings)


def _history(recorder: Recorder, not_offered: frozenset[str]) -> HistoryView:
    history = HistoryView(recorder, not_offered, {person.name: person.user_id for person in recorder.people})
    for person in recorder.people:
        history.user(person.name)
    for exchange in recorder.exchanges:
        history.user(exchange.owner).exchanges.append(exchange)
        history.end_ns = max(history.end_ns, exchange.ended_ns)
        if f"GET {exchange.path}".startswith(RUN_PAGE):
            history.told.add(exchange.path.rpartition("/")[2])
    for look_up in recorder.look_ups:
        history.user(look_up.owner).look_ups.append(look_up)
        history.end_ns = max(history.end_ns, look_up.at_ns)
        if look_up.place.startswith(RUN_PAGE):
            history.told.add(look_up.place.rpartition("/")[2])
        elif isinstance(look_up.content, dict):
            if look_up.place == ROW_OF + "runs":
                history.told.add(str(look_up.content.get("id")))
            elif look_up.place == ROW_OF + "run_events":
                history.stored.add(str(look_up.content.get("run_id")))
    return history


def _judge_channels(channels: Iterable[Channel], history: HistoryView, rules: Iterable[Rule], notes: "_Notes") -> None:
    run_rules = [rule for rule in rules if rule.scope == "run"]

    def judge_run(run: RunView) -> None:
        for rule in run_rules:
            notes.take(rule, run.channel.user, str(run.channel), rule.check(run), run.channel)

    def tell(rule: Rule, channel: ChannelView, broken: Broken) -> None:
        notes.take(rule, channel.user, str(channel), (broken,), channel)

    walk = Walk(history, rules, tell, judge_run)
    for channel in channels:
        view = walk.over(channel)
        history.channels.append(view)
        history.user(view.user).channels.append(view)
    for view in history.channels:
        for rule in rules:
            if rule.scope == "channel":
                notes.take(rule, view.user, str(view), rule.check(view), view)


@dataclass(slots=True)
class _Notes:
    """Takes what the rules say."""

    waived: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unproven: Counter[str] = field(default_factory=Counter)

    def take(
        self,
        rule: Rule,
        user: str,
        place: str,
        notes: Iterable[Broken | Unproven],
        channel: ChannelView | None = None,
    ) -> None:
        for note in notes:
            if isinstance(note, Unproven):
                self.unproven[rule.name] += 1
                continue
            self.counts[rule.name] += 1
            if rule.name in self.waived or self.counts[rule.name] > MOST_OF_ONE_RULE:
                continue
            after_s = None
            if channel is not None and note.at_ns is not None:
                after_s = (note.at_ns - channel.opened_ns) / 1e9
            self.findings.append(
                Finding(
                    rule=rule.name,
                    user=user,
                    place=note.place or place,
                    text=note.text,
                    at_ns=note.at_ns,
                    trace_id=note.trace_id,
                    promise=rule.meaning,
                    after_s=after_s,
                )
            )
