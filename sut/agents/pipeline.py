"""Runs the agents of one run, one after the other, and puts the answer together."""

import logging
from typing import Any

from sut.agents.agent import Agent, HandOver, StepFailure, StepVoice
from sut.agents.facts import Facts
from sut.agents.interface import AgentName, JournalClosedError, Outcome, RunFailed, RunJournal, RunRequest, Step
from sut.agents.parts import AgentParts, build_agent
from sut.agents.plan import DEFAULT_PLAN
from sut.agents.report import compose_summary
from sut.common.errors import PlatformError
from sut.common.trace import trace_id

log = logging.getLogger(__name__)

# Without these there is nothing to answer with.
_ESSENTIAL: frozenset[AgentName] = frozenset({"triage", "data"})


async def execute(request: RunRequest, journal: RunJournal, parts: AgentParts) -> Outcome:
    """Answer a question.

    Args:
        request: The question.
        journal: Told everything that happens.
        parts: The run's parts.

    Returns:
        The answer, complete or degraded.

    Raises:
        RunFailed: There is no answer.
    """
    token = trace_id.set(request.trace_id)
    try:
        await journal.started(list(DEFAULT_PLAN))
        agents = _build_agents(parts)
        return await _run_steps(request, journal, agents)
    finally:
        trace_id.reset(token)


def _build_agents(parts: AgentParts) -> dict[AgentName, Agent]:
    """Build every agent before the first one works: what cannot be built is told at once."""
    try:
        return {name: build_agent(name, parts) for name in DEFAULT_PLAN}
    except Exception as error:
        raise RunFailed(part_unavailable(error)) from error


async def _run_steps(request: RunRequest, journal: RunJournal, agents: dict[AgentName, Agent]) -> Outcome:
    handed: dict[AgentName, dict[str, Any]] = {stored.step.agent: stored.result for stored in request.done}
    done = set(handed)
    missing: list[str] = []
    for number, name in enumerate(DEFAULT_PLAN, start=1):
        if name in done:
            continue
        step = Step(number, name)
        voice = StepVoice(journal, step, len(DEFAULT_PLAN))
        try:
            if name in handed.get("triage", {}).get("plan", DEFAULT_PLAN):
                handed[name] = await agents[name].work(request, handed, voice)
            else:
                await voice.say("This question needs nothing of me.")
                handed[name] = {}
        except JournalClosedError:
            raise
        except Exception as error:
            failure = _as_failure(error, name)
            await journal.step_failed(step, failure.error)
            if name in _ESSENTIAL:
                found = handed if failure.result is None else {**handed, name: failure.result}
                raise RunFailed(failure.error, partial_result=_partial(request, found)) from error
            missing.append(name)
            continue
        await journal.step_done(step, handed[name])
    return Outcome(build_result(request, handed), "degraded" if missing else "completed", tuple(missing))


def part_unavailable(error: Exception) -> PlatformError:
    """Say that a part of a run cannot be built, whatever the reason.

    Args:
        error: What came of building it.

    Returns:
        ``AGENT_UNAVAILABLE``, or the platform's own error as it is; a reason that is none of the platform's is logged.
    """
    if isinstance(error, PlatformError):
        return error
    log.error("a part of a run cannot be built", exc_info=error)
    return PlatformError("AGENT_UNAVAILABLE", "A part that this needs cannot be built just now. Try again later.")


def build_result(request: RunRequest, handed: HandOver) -> dict[str, Any]:
    """Put the answer together, in the form of contract section 5.

    Args:
        request: The question.
        handed: What the agents found.

    Returns:
        ``summary, findings, recommendations, total_monthly_saving, period, answer_to``. ``total_monthly_saving`` is
        ``None`` when savings were not worked out.
    """
    facts = Facts.of(handed)
    return {
        "summary": handed.get("report", {}).get("summary") or compose_summary(facts),
        "findings": facts.findings,
        "recommendations": facts.recommendations,
        "total_monthly_saving": facts.total_monthly_saving,
        "period": handed["triage"]["understood"]["period"],
        "answer_to": str(request.message_id),
    }


def _partial(request: RunRequest, handed: HandOver) -> dict[str, Any] | None:
    return build_result(request, handed) if "triage" in handed else None


def _as_failure(error: Exception, name: AgentName) -> StepFailure:
    if isinstance(error, StepFailure):
        return error
    if isinstance(error, PlatformError):
        return StepFailure(error)
    # A defect in an agent ends its step, told and logged, not the run in silence.
    log.error("agent %s broke", name, exc_info=error)
    return StepFailure(PlatformError("INTERNAL", f"The {name} agent broke. The fault is ours; please try again."))
