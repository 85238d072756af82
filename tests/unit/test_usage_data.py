"""Usage data made from a number."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest

from goldenpath.usage_data import MODELS, UsageRecord, make_usage


def totals(records: list[UsageRecord]) -> dict[tuple[str, int], Decimal]:
    sums: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for record in records:
        sums[record.model, record.day.month] += record.cost_usd
    return sums


def test_same_number_same_data() -> None:
    assert make_usage(7) == make_usage(7)


def test_other_number_other_total_for_every_model_and_month() -> None:
    seen: dict[tuple[str, int], set[Decimal]] = defaultdict(set)
    for seed in range(40):
        for key, total in totals(make_usage(seed)).items():
            seen[key].add(round(total, 2))
    assert len(seen) == len(MODELS) * 6
    assert {len(different) for different in seen.values()} == {40}


def test_one_record_a_day_and_model_on_fixed_days() -> None:
    records = make_usage(1)
    assert (records[0].day, records[-1].day) == (date(2026, 1, 1), date(2026, 6, 30))
    assert len({(record.day, record.model) for record in records}) == len(records) == 181 * len(MODELS)
    few = make_usage(1, first_day=date(2026, 2, 27), last_day=date(2026, 3, 1))
    assert [record.day.day for record in few[:: len(MODELS)]] == [27, 28, 1]


def test_records_fit_the_table_and_the_world() -> None:
    prices = {model.name: model for model in MODELS}
    assert len({model.provider for model in MODELS}) == 3
    for record in make_usage(3):
        model = prices[record.model]
        listed = (
            record.input_tokens * model.input_per_million + record.output_tokens * model.output_per_million
        ) / 1_000_000
        assert record.requests > 0
        assert record.cost_usd.as_tuple().exponent == -6
        assert Decimal("0.93") * listed < record.cost_usd <= listed + Decimal("0.000001")
        assert 300 < record.latency_ms < 3000


@pytest.mark.parametrize("seed", [0, 1, 10**9])
def test_weekends_are_quiet(seed: int) -> None:
    def mean(records: list[UsageRecord]) -> float:
        return sum(record.requests for record in records) / len(records)

    records = make_usage(seed)
    weekend = [record for record in records if record.day.weekday() >= 5]
    assert mean(weekend) < 0.5 * mean([record for record in records if record.day.weekday() < 5])
