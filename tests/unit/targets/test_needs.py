"""Tags say what a test needs; what is missing skips it with a reason, and what does not exist is an error."""

from dataclasses import replace

from goldenpath.needs import unknown, why_skipped
from goldenpath.targets.target import Target

TARGET = Target("mine", "embedded", "a platform", not_offered=frozenset({"usage_data", "seq"}))


def test_what_is_offered_runs() -> None:
    assert why_skipped(["journey", "needs-database", "load"], TARGET) is None


def test_what_is_missing_skips_with_the_reason() -> None:
    reason = why_skipped(["needs-usage-data", "needs-seq", "needs-database"], TARGET)
    assert reason == "unproven: target mine does not offer seq, usage_data"


def test_nothing_loads_faults_or_attacks_production() -> None:
    live = replace(TARGET, production=True)
    assert why_skipped(["Fault"], live) == "refused: target mine is in production, and this test is tagged fault"
    assert why_skipped(["journey", "needs-database"], live) is None


def test_a_tag_that_needs_nothing_known_is_an_error() -> None:
    assert unknown(["needs-database", "journey"]) is None
    told = unknown(["needs-databse"])
    assert told
    assert told.startswith("The tag 'needs-databse' names nothing that a platform can offer. Did you mean 'needs-da")
