"""The project's own robocop rules, run by robocop itself, with the project's configuration, on small files."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from robot_samples import BESIDE, SAMPLES, Sample

ROOT = Path(__file__).resolve().parents[3]
STYLE = Path(__file__).with_name("style_journey.robot")
REFUSED = [sample for sample in SAMPLES if sample.rule]
ACCEPTED = [sample for sample in SAMPLES if not sample.rule]


def robocop(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "robocop", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def check(*sources: Path) -> dict[Path, list[str]]:
    """Return the ids of the rules that each file breaks."""
    found = robocop(
        "check", "--config", ROOT / "pyproject.toml", "-c", "print_issues.output_format=simple",
        "--issue-format", "{source_abs}|{rule_id}|{desc}", *sources,
    )  # fmt: skip
    assert not found.stderr, found.stderr
    rules = defaultdict(list)
    for line in found.stdout.splitlines():
        if line.count("|") >= 2:
            path, rule, _ = line.split("|", 2)
            rules[Path(path)].append(rule)
    assert found.returncode == (1 if rules else 0), found.stdout
    return rules


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """Write every sample and let robocop read them all in one go."""
    root = tmp_path_factory.mktemp("robot")
    texts = {sample.path: sample.text for sample in SAMPLES} | BESIDE
    for place, text in texts.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = check(root)
    return {sample.path: found.get(root / sample.path, []) for sample in SAMPLES}


def test_samples_have_names_of_their_own():
    assert len({sample.path for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", REFUSED, ids=lambda sample: f"{sample.rule}-{sample.path.name}")
def test_a_broken_rule_is_told_by_its_id(findings, sample: Sample):
    own = {rule for rule in findings[sample.path] if rule.startswith("GP")}
    assert own == {sample.rule}, sample.text


@pytest.mark.parametrize("sample", ACCEPTED, ids=lambda sample: str(sample.path))
def test_what_only_looks_alike_passes_every_rule(findings, sample: Sample):
    assert findings[sample.path] == [], sample.text


def test_every_own_rule_has_a_file_that_breaks_it():
    listed = robocop("list", "rules", "--pattern", "GP*").stdout
    rules = {line.split()[0] for line in listed.splitlines() if line.startswith("GP")}
    assert rules, listed
    assert rules == {sample.rule for sample in REFUSED}


def test_the_style_of_the_project_passes_lint_and_format():
    assert check(STYLE) == {}
    formatted = robocop("format", "--check", "--diff", "--config", ROOT / "pyproject.toml", STYLE)
    assert formatted.returncode == 0, formatted.stdout


@pytest.mark.parametrize(
    ("was", "becomes", "rule"),
    [
        ("${run} =    Start", "${run}    Start", "MISC04"),
        ("${run} =    Start", "${run}=    Start", "MISC04"),
        ("The user's", "The user's " * 12, "LEN08"),
        ("    Reconnect    ${ada}", "  Reconnect    ${ada}", "SPC08"),
        ("\n\n\n*** Test Cases", "\n*** Test Cases", "SPC03"),
        ("A Full Journey\n", "A Full Journey\n    [Tags]    x\n", "ORD01"),
        ("Meet Ada\n    VAR", "Meet ${name}\n    VAR", "KW03"),
    ],
)
def test_other_styles_are_told(tmp_path, was, becomes, rule):
    text = STYLE.read_text(encoding="utf-8")
    assert was in text
    other = tmp_path / "style_journey.robot"
    other.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    assert rule in check(other)[other]


def test_settings_out_of_their_column_are_refused_by_the_formatter(tmp_path):
    other = tmp_path / STYLE.name
    other.write_text(STYLE.read_text(encoding="utf-8").replace("Metadata            Issue", "Metadata    Issue"))
    assert robocop("format", "--check", "--config", ROOT / "pyproject.toml", other).returncode == 1


def test_a_scenario_of_more_than_ten_steps_is_told_unless_it_is_a_journey(tmp_path):
    other = tmp_path / "style.robot"
    other.write_text(STYLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert check(other)[other] == ["LEN06"]
