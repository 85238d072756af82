"""Rules about the answer: only in the terminal, to the question that was asked, and every figure from a tool."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from goldenpath.history.figures import holds, numbers_in, orphans, stated_figures, texts_in
from goldenpath.history.rules.book import Broken, Notes, Unproven, rule
from goldenpath.history.rules.kinds import TERMINALS
from goldenpath.history.rules.views import ChannelView, RunView, Seen, text_of

_NOT_THE_END = ("message_ack", "agent_started", "agent_thinking", "tool_executing")
_CENT = Decimal("0.01")
_MARKS = re.compile(r"\[\[[^\]]*\]\]|[0-9a-fA-F-]{20,}")


@rule("answer-only-in-the-end", "contract 5", "frame", needs="result", types=_NOT_THE_END)
def answer_only_in_the_end(seen: Seen, channel: ChannelView) -> str | None:
    """Only the last frame of a run carries an answer."""
    has = [name for name in ("result", "summary", "partial_result") if name in seen.data]
    return f"{seen.kind} carries {' and '.join(has)}" if has else None


@rule("answer-is-to-its-question", "contract 5", "run", needs="result ack")
def answer_is_to_its_question(run: RunView) -> Notes:
    """An answer names the message that it answers: the one that was acknowledged."""
    acks = run.of_kind("message_ack")
    for end, result in _results(run):
        if acks and result.get("answer_to") != acks[0].data.get("message_id"):
            text = f"the answer of {run} is to {result.get('answer_to')}, asked was {acks[0].data.get('message_id')}"
            yield Broken(text, end.at_ns, end.trace_id)


@rule("findings-come-from-tools", "contract 5", "run", needs="result tool_call_id")
def findings_come_from_tools(run: RunView) -> Notes:
    """Every finding names a tool call of its run that succeeded, and whose result holds its figure."""
    calls = {
        text_of(seen.data, "tool_call_id"): seen.data.get("result")
        for seen in run.of_kind("tool_completed")
        if seen.data.get("status") in (None, "ok")
    }
    for end, result in _results(run):
        for finding in _objects(result, "findings"):
            metric, value = finding.get("metric"), finding.get("value")
            source = text_of(finding, "source_tool_call_id")
            figure = next(numbers_in(value), None)
            if source in calls and figure is not None and holds(calls[source], figure):
                continue
            if not run.whole:
                yield Unproven(f"{run} was not seen whole: where {metric} comes from was not shown")
                break
            what = "which did not succeed in this run" if source not in calls else "whose result does not hold it"
            text = f"{metric} = {value} claims to come from the call {source}, {what}"
            yield Broken(text, end.at_ns, end.trace_id)


@rule("no-orphan-figures", "contract 5", "run", needs="result tool_call_id")
def no_orphan_figures(run: RunView) -> Notes:
    """Every figure in the words of an answer comes from a tool, the recommendations, the question or the period."""
    for end, result in _results(run):
        if not run.whole:
            yield Unproven(f"{run} was not seen whole: where its figures come from was not shown")
            continue
        shown = [seen.data for seen in run.of_kind("tool_executing", "tool_completed")]
        question = _question(run)
        names = [
            *texts_in([data.get("result") for data in shown]),
            *texts_in([data.get("parameters") for data in shown]),
        ]
        names += [
            *texts_in(result.get("recommendations")),
            *re.findall(r"\S*\d\S*[A-Za-z]\S*|[A-Za-z]\S*\d\S*", question),
        ]
        names += [text.removeprefix("cost_by_model:") for text in texts_in(result.get("findings"))]
        summary = _MARKS.sub(" ", str(result.get("summary") or ""))
        loose = orphans(stated_figures(summary, names), _sources(result, shown, question))
        if loose:
            text = f"the answer of {run} says {', '.join(map(str, loose))}, which no tool gave: {summary[:300]!r}"
            yield Broken(text, end.at_ns, end.trace_id)


@rule("recommendations-come-from-tools", "contract 5", "run", needs="result tool_call_id")
def recommendations_come_from_tools(run: RunView) -> Notes:
    """Every recommended saving is the result of a tool."""
    results = [seen.data.get("result") for seen in run.of_kind("tool_completed")]
    for end, result in _results(run):
        for advice in _objects(result, "recommendations"):
            saving = next(numbers_in(advice.get("monthly_saving")), None)
            if run.whole and (saving is None or not holds(results, saving)):
                text = f"the saving of {saving} on {advice.get('model_from')} comes from no tool of {run}"
                yield Broken(text, end.at_ns, end.trace_id)


@rule("total-is-the-sum", "contract 5", "run", needs="result")
def total_is_the_sum(run: RunView) -> Notes:
    """The total saving is the sum of the recommended ones."""
    for end, result in _results(run):
        total = next(numbers_in(result.get("total_monthly_saving")), None)
        savings = [advice.get("monthly_saving") for advice in _objects(result, "recommendations")]
        due = sum(numbers_in(savings), Decimal(0))
        if (total is None and savings) or (total is not None and abs(total - due) >= _CENT):
            yield Broken(
                f"total_monthly_saving of {run} is {total}, the savings add up to {due}", end.at_ns, end.trace_id
            )


def _results(run: RunView) -> Iterator[tuple[Seen, dict[str, Any]]]:
    for end in run.of_kind(*TERMINALS):
        result = end.data.get("result", end.data.get("partial_result"))
        if isinstance(result, dict):
            yield end, result


def _objects(result: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = result.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _question(run: RunView) -> str:
    """The words of every question that this connection asked until now: a figure named earlier holds on."""
    return " ".join(sent.content for sent in run.channel.sent[-20:] if sent.content is not None)


def _sources(result: dict[str, Any], shown: list[dict[str, Any]], question: str) -> list[Decimal]:
    savings = list(numbers_in([advice.get("monthly_saving") for advice in _objects(result, "recommendations")]))
    total = sum(savings, Decimal(0))
    period = re.findall(r"\d+", " ".join(texts_in(result.get("period"))))
    stated = [Decimal(figure) for figure in [*period, *re.findall(r"\d+(?:\.\d+)?", question.replace(",", ""))]]
    tools = numbers_in([[data.get("result"), data.get("parameters")] for data in shown])
    return [*tools, *savings, total, total * 12, *(saving * 12 for saving in savings), *stated]
