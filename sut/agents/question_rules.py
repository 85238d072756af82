"""Rules that find intent, subject and budget in a question."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from sut.agents.tools import stored_prices

Intent = Literal["savings", "latency", "cost_breakdown", "spend", "usage"]

# In this order: "how much would we save" is about savings, "what did the tokens cost" about spend.
_INTENT_WORDS: tuple[tuple[Intent, re.Pattern[str]], ...] = (
    (
        "savings",
        re.compile(
            r"\b(?:sav(?:e|es|ed|ing|ings)|cheaper|cut|reduce|lower|optimi[sz]\w{1,6}|recommend\w{0,6})\b", re.I
        ),
    ),
    (
        "latency",
        re.compile(r"\b(?:latenc(?:y|ies)|slow(?:er|est)?|fast(?:er|est)?|response times?|how quick(?:ly)?)\b", re.I),
    ),
    (
        "cost_breakdown",
        re.compile(
            r"\b(?:break(?:downs?| ?down| it down)|(?:by|per|each|which) (?:model|provider)|split|most expensive)\b",
            re.I,
        ),
    ),
    (
        "spend",
        re.compile(
            r"\b(?:spen[dt]|spending|costs?|pay|paid|bill(?:s|ed)?|invoices?|expenses?|expensive|budget|money)\b", re.I
        ),
    ),
    ("usage", re.compile(r"\b(?:tokens?|requests?|usage|used?|calls?|volume)\b", re.I)),
)
INTENTS: tuple[Intent, ...] = tuple(intent for intent, _ in _INTENT_WORDS)

PROVIDERS = tuple(dict.fromkeys(str(price["provider"]) for price in stored_prices()["prices"]))
_PROVIDER = re.compile(rf"\b(?:{'|'.join(PROVIDERS)})\b", re.I)
_EVERYTHING = re.compile(
    r"\b(?:all (?:the |our )?(?:models|providers)|every model|everything|in total|overall|altogether|total spend)\b",
    re.I,
)
_KNOWN_MODELS = {str(price["model"]): str(price["provider"]) for price in stored_prices()["prices"]}
# A model may be written with blanks for hyphens. One that the platform has no price of is a model by its family's name.
_MODEL = re.compile(
    r"(?<![\w.-])(?:"
    + "|".join(re.escape(name).replace(r"\-", "[- ]?") for name in sorted(_KNOWN_MODELS, key=len, reverse=True))
    + r")(?![\w-]|\.\d)"
    r"|(?<![\w.-])(?:gpt|claude|gemini|llama|mistral|deepseek|command|o)-?\d[\w.-]{0,40}(?<![.-])"
    r"|(?<![\w.-])(?:claude|gemini|llama|mistral|deepseek)-[a-z][\w.-]{0,40}(?<![.-])",
    re.I,
)
_MOVES = re.compile(
    r"\b(?:move|moved|moving|switch\w{0,3}|replac\w{1,3}|migrat\w{1,3}|chang\w{1,3}|use|used|using|ran|run)\b", re.I
)
_NUMBER = r"(\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,2})?|\d{1,9}(?:\.\d{1,2})?)\s?(k\b)?"
_CURRENCY = r"(?:\$|usd\b|(?:us )?dollars\b)"
# Each has two groups: the number, and the "k" of thousands.
_BUDGETS = (
    re.compile(rf"\bbudget (?:(?:is|was|now|of|to|at|limit|for|a|per|month) ){{0,4}}(?:us)?\$? ?{_NUMBER}", re.I),
    re.compile(rf"\$ ?{_NUMBER} ?(?:a month |monthly |per month )?budget\b", re.I),
    re.compile(rf"(?<![\w.,-]){_NUMBER} ?{_CURRENCY} ?(?:a month |monthly |per month )?budget\b", re.I),
    re.compile(rf"\b(?:under|below|within|at most|no more than) (?:us)?\$ ?{_NUMBER}", re.I),
    re.compile(rf"\b(?:under|below|within|at most|no more than) {_NUMBER} ?{_CURRENCY}", re.I),
)
_NO_BUDGET = re.compile(r"\b(?:no|without(?: a| any)?|forget the|drop the|ignore the) budget\b", re.I)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: one model, one provider, or everything; ``model_to`` is the model to move to."""

    provider: str | None = None
    model: str | None = None
    model_to: str | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """A monthly budget in USD; ``None`` takes an earlier one back."""

    monthly: Decimal | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules found in one question; ``None`` means that it says nothing about it.

    Args:
        rest: The question without models and budgets, whose digits are no dates.
    """

    intent: Intent | None
    subject: Subject | None
    budget: Budget | None
    rest: str


def read_question(text: str) -> Reading:
    """Read a question by rules.

    Args:
        text: One message of a user.

    Returns:
        What it says.
    """
    text = re.sub(r"\s+", " ", text)
    intent = next((intent for intent, words in _INTENT_WORDS if words.search(text)), None)
    without_models = _MODEL.sub(" ", text)
    budget = next((found for rule in _BUDGETS if (found := rule.search(without_models))), None)
    rest = without_models if budget is None else without_models.replace(budget.group(), " ")
    return Reading(intent, _subject(text), _budget(text, budget), rest)


def known_model(name: str) -> str:
    """Give a model's name as the platform writes it.

    Args:
        name: As somebody wrote it.

    Returns:
        Lower case, with hyphens.
    """
    plain = name.lower()
    squeezed = re.sub(r"[- ]", "", plain)
    return next((known for known in _KNOWN_MODELS if known.replace("-", "") == squeezed), plain.replace(" ", "-"))


def models_in(text: str) -> list[str]:
    """Find the models that a text names.

    Args:
        text: Any text.

    Returns:
        Their names as the platform writes them, each once, in the order of the text.
    """
    return list(dict.fromkeys(known_model(match.group()) for match in _MODEL.finditer(text)))


def _subject(text: str) -> Subject | None:
    models = models_in(text)
    if len(models) == 1:
        return Subject(model=models[0])
    if len(models) == 2 and _MOVES.search(text):
        if re.search(r"\b(?:instead of|in place of)\b", text, re.I):
            models.reverse()
        return Subject(model=models[0], model_to=models[1])
    if models or _EVERYTHING.search(text):
        return Subject()
    provider = _PROVIDER.search(text)
    return Subject(provider=provider.group().lower()) if provider else None


def _budget(text: str, found: re.Match[str] | None) -> Budget | None:
    if _NO_BUDGET.search(text):
        return Budget(None)
    if found is None:
        return None
    amount = Decimal(found[1].replace(",", ""))
    return Budget(amount * 1000 if found[2] else amount)
