"""What the LLM is told. The user's words go in unchanged; nothing of another thread does."""

from sut.agents.interface import RunRequest, Turn
from sut.agents.llm import Message
from sut.agents.plan import DEFAULT_PLAN, MAX_STEPS
from sut.agents.question_rules import INTENTS

# A turn of the conversation: a question, with its answer where there is one.
TURNS_IN_PROMPT = 20

_TRIAGE = f"""\
Task: triage
You sort questions about an organisation's use of large language models. Answer with one JSON object and nothing else:
{{"intent": one of {", ".join(INTENTS)},
 "period": {{"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"}} or null,
 "subject": {{"model": name or null, "provider": name or null}} or null,
 "plan": agents in order, of {", ".join(DEFAULT_PLAN)}; at most {MAX_STEPS} steps}}
Use null for what neither the last question nor the conversation names. The newest usage is of {{newest}}."""

_REPORT = """\
Task: report
You answer the last question in plain words, in two to twelve sentences. State every figure of the facts below with its
unit, name the subject and the period as they stand there, and use no other figures: no percentages, no own sums.
Facts:
"""


def recent_turns(history: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Keep the turns of a thread that the LLM sees.

    Args:
        history: The thread's earlier messages, oldest first.

    Returns:
        The last `TURNS_IN_PROMPT` questions with their answers.
    """
    questions = [number for number, turn in enumerate(history) if turn.role == "user"]
    return history[questions[-TURNS_IN_PROMPT] :] if len(questions) > TURNS_IN_PROMPT else history


def triage_prompt(request: RunRequest, newest_day: str) -> list[Message]:
    """Ask for intent, period, subject and plan.

    Args:
        request: The question and its thread.
        newest_day: The newest day with usage, ISO 8601.

    Returns:
        The prompt.
    """
    return _prompt(_TRIAGE.replace("{newest}", newest_day), request)


def report_prompt(request: RunRequest, facts: list[str]) -> list[Message]:
    """Ask for an answer in prose.

    Args:
        request: The question and its thread.
        facts: One sentence each.

    Returns:
        The prompt.
    """
    return _prompt(_REPORT + "\n".join(f"- {fact}" for fact in facts), request)


def _prompt(system: str, request: RunRequest) -> list[Message]:
    earlier = [{"role": turn.role, "content": turn.content} for turn in recent_turns(request.history)]
    return [{"role": "system", "content": system}, *earlier, {"role": "user", "content": request.content}]
