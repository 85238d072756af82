"""The tools of a run are mocks, although nothing is wrong with the real ones."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.mock_tools",
    seen="Tool calls give the same figures for everybody, and the answer holds nothing of their own data.",
    caught_by=("1176-F2", "1176-F4"),
    expects=("own-figures",),
    service="sut.backend",
)

_MODEL = {"provider": "openai", "model": "gpt-4o"}
_CONSTANT: dict[str, dict[str, Any]] = {
    "usage_query": {
        "requests": 1000,
        "input_tokens": 50000,
        "output_tokens": 20000,
        "mean_latency_ms": 500.0,
        "by_model": [{**_MODEL, "input_tokens": 50000, "output_tokens": 20000}],
    },
    "cost_breakdown": {"total_cost": 1234.56, "by_model": [{**_MODEL, "cost": 1234.56}]},
}


def apply(seams: Seams) -> None:
    """Replace the choice of a tool."""

    def mocked(choose: Any) -> Any:
        def chosen(self: Any, name: str) -> Any:
            constant = _CONSTANT.get(name)
            if constant is None:
                return choose(self, name)

            async def mock(_parameters: dict[str, Any]) -> dict[str, Any]:
                return constant

            return mock

        return chosen

    seams.replace("sut.agents.toolbox:Toolbox.choose", mocked)
