"""Which tests a defect meets: those that claim it, and controls that are drawn, the same ones for the same seed."""

from pathlib import Path

import pytest
from proofs import case, defect, scenarios

from goldenpath.errors import UsageError
from goldenpath.proof.catalogue import read_catalogue
from goldenpath.proof.known import mistakes
from goldenpath.proof.plan import by_file, in_scope, plan, quick, read_cases

CASES = [
    case("one", "P-A"),
    case("two", "P-B"),
    *(case(f"other {number}", f"P-{number}", file="b.robot") for number in range(8)),
    case("slow", "P-S", file="b.robot", tags=("cold-start",)),
]
IDS = [name for one in CASES for name in one.ids]


def test_controls_come_from_other_files_and_do_not_claim_the_defect() -> None:
    (order,) = plan([defect("own.one", "P-A", "P-3")], IDS, CASES, 1, product=False)
    assert order.claimed == {"P-A": ("one",), "P-3": ("other 3",)}
    (order,) = plan([defect("own.one", "P-A")], IDS, CASES, 1, product=False)
    assert len(order.controls) == 3
    assert all(test.startswith("other") for test in order.controls)
    for seed in range(30):
        (order,) = plan([defect("own.one", "P-A", "P-3")], IDS, CASES, seed, product=False)
        assert "other 3" not in order.controls


def test_the_draw_hangs_on_seed_and_name_alone() -> None:
    one, two = defect("own.one", "P-A"), defect("own.two", "P-A")
    together = plan([one, two], IDS, CASES, 7, product=False)
    alone = plan([two], IDS, list(reversed(CASES)), 7, product=False)
    assert together[1].controls == alone[0].controls
    assert len({plan([one], IDS, CASES, seed, product=False)[0].controls for seed in range(20)}) > 1


def test_where_there_are_too_few_elsewhere_the_own_file_gives_some() -> None:
    few = [case("one", "P-A"), case("two", "P-B"), case("three", file="b.robot")]
    (order,) = plan([defect()], ["P-A", "P-B"], few, 1, product=False)
    assert set(order.controls) == {"two", "three"}


def test_the_full_product_has_all_other_scenarios_as_controls() -> None:
    (order,) = plan([defect()], IDS, CASES, 1, product=True)
    assert set(order.tests) == {one.test for one in CASES}


def test_a_scenario_without_a_test_is_open_and_one_outside_is_not_asked() -> None:
    (order,) = plan([defect("own.one", "P-Z")], ["P-Z"], CASES, 1, product=False)
    assert (order.claimed, order.tests) == ({"P-Z": ()}, ())
    assert plan([defect("own.one", "P-A")], ["P-B"], CASES, 1, product=False) == []


def test_quick_takes_one_defect_a_scenario_and_the_same_ones_each_time() -> None:
    defects = [
        defect("own.broad", "P-A", "P-B", broad="all"),
        defect("own.both", "P-A", "P-B"),
        defect("own.narrow", "P-A"),
        defect("own.only", "P-0"),
        defect("own.open", "P-Z"),
    ]
    orders = plan(defects, [*IDS, "P-Z"], CASES, 1, product=False)
    chosen = {order.defect.name: list(order.claimed) for order in quick(orders)}
    assert chosen == {"own.both": ["P-A", "P-B"], "own.only": ["P-0"]}
    assert {order.defect.name for order in quick(list(reversed(orders)))} == set(chosen)
    assert all(order.controls == () for order in quick(orders))


def test_quick_takes_a_broad_one_where_there_is_no_other() -> None:
    orders = plan([defect("own.broad", "P-A", broad="all")], IDS, CASES, 1, product=False)
    assert [order.defect.name for order in quick(orders)] == ["own.broad"]


def test_green_run_is_by_file() -> None:
    assert by_file(["one", "other 1", "other 2"], CASES) == [("other 1", "other 2"), ("one",)]


def test_cases_know_their_scenarios_by_tag(tmp_path: Path) -> None:
    (tmp_path / "a.robot").write_text("*** Test Cases ***\nOne\n    [Tags]    p-a    other    P-B\n    No Operation\n")
    (found,) = read_cases(tmp_path, ["P-A", "P-B", "P-C"])
    assert found.ids == ("P-A", "P-B")
    with pytest.raises(UsageError, match="no tests"):
        read_cases(tmp_path / "nowhere", [])


def test_catalogue_holds_the_23(tmp_path: Path) -> None:
    found = read_catalogue()
    own = in_scope(found, "issue_1176")
    assert len(own) == 23
    assert len({scenario.name for scenario in own.values()}) == 23
    assert len({scenario.suite for scenario in own.values()}) == 5
    with pytest.raises(UsageError, match="suites/nothing"):
        in_scope(found, "nothing")
    with pytest.raises(UsageError, match="no catalogue"):
        read_catalogue(tmp_path)
    (tmp_path / "bad.toml").write_text("folder = 'x'\n[A]\nname = 'y'\n")
    with pytest.raises(UsageError, match=r"bad\.toml"):
        read_catalogue(tmp_path)


def test_what_nobody_knows_is_told() -> None:
    wrong = list(mistakes([defect("own.one", "P-A", "P-Q", expects=("no-such",))], scenarios("P-A"), {"five-events"}))
    assert len(wrong) == 2
    assert "P-Q" in wrong[0]
    assert "no-such" in wrong[1]
