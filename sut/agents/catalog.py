"""What the platform advertises: its agents and its tools, each with a question that makes it run."""

from dataclasses import asdict, dataclass
from typing import Any

_DAY = {"type": "string", "format": "date"}
_NAME = {"type": ["string", "null"]}
_USAGE_FILTER: dict[str, Any] = {"from": _DAY, "to": _DAY, "provider": _NAME, "model": _NAME}
_AMOUNT = {"type": "number", "minimum": 0}
_COUNT = {"type": "integer", "minimum": 0}


@dataclass(frozen=True, slots=True)
class Advert:
    """One agent or tool.

    Args:
        name: How plans and frames name it.
        description: What it does, in one sentence.
        schema: JSON schema of what it takes.
        example: A question that makes it run.
    """

    name: str
    description: str
    schema: dict[str, Any]
    example: str

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON."""
        return asdict(self)


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_QUESTION = _object(content={"type": "string", "minLength": 1})

AGENTS: tuple[Advert, ...] = (
    Advert(
        "triage",
        "Understands a question: what is asked, about which models, which period and which budget.",
        _QUESTION,
        "What did we spend on all models last month?",
    ),
    Advert(
        "data",
        "Fetches requests, tokens, latency and cost from your usage data.",
        _QUESTION,
        "How many tokens did gpt-4o use in May 2026?",
    ),
    Advert(
        "optimization",
        "Works out what the same tokens would have cost on a cheaper model.",
        _QUESTION,
        "How much could we save on gpt-4o in May 2026?",
    ),
    Advert(
        "report",
        "Writes the answer in plain words, with no figure that was not found.",
        _QUESTION,
        "Report our costs by model for Q1 2026.",
    ),
)

TOOLS: tuple[Advert, ...] = (
    Advert(
        "usage_query",
        "Sums requests, tokens and latency over a period, by model.",
        _object(**_USAGE_FILTER),
        "How many requests did claude-sonnet-4 get in May 2026?",
    ),
    Advert(
        "cost_breakdown",
        "Breaks the cost of a period down by model and compares it with a monthly budget.",
        _object(**_USAGE_FILTER, monthly_budget={"type": ["number", "null"], "minimum": 0}),
        "Break down our costs by model for May 2026.",
    ),
    Advert(
        "price_catalog",
        "Looks up the prices of models, at the price service or among the ones that the platform keeps.",
        _object(source={"enum": ["service", "stored"]}),
        "Which cheaper model could replace gemini-2.5-pro?",
    ),
    Advert(
        "savings_calculator",
        "Works out what the same tokens would have cost on a cheaper model.",
        _object(
            **{"from": _DAY, "to": _DAY},
            usage={
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "provider": {"type": "string"},
                        "model": {"type": "string"},
                        "input_tokens": _COUNT,
                        "output_tokens": _COUNT,
                        "cost": _AMOUNT,
                    },
                    "required": ["provider", "model", "input_tokens", "output_tokens", "cost"],
                },
            },
            price_source={"enum": ["service", "stored"]},
            prices={
                "type": "array",
                "items": _object(
                    provider={"type": "string"},
                    model={"type": "string"},
                    input_per_million=_AMOUNT,
                    output_per_million=_AMOUNT,
                ),
            },
            model_to=_NAME,
        ),
        "What would we save if we moved claude-sonnet-4 to claude-haiku-4 in May 2026?",
    ),
)
