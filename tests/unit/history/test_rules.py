"""Every rule of the book accepts the good history and finds the one thing that is wrong with its bad one."""

import re

import pytest
from bad_histories import BAD
from good_histories import good

from goldenpath.history.isolation import proof
from goldenpath.history.judge import judge
from goldenpath.history.rules import RULES, sharing
from goldenpath.targets.capabilities import CAPABILITIES

# Not broken by a history: the detector itself has to be.
ELSEWHERE = {"detector-proven"}


def test_the_good_history_keeps_every_rule() -> None:
    judgement = judge(good().build())
    assert list(map(str, judgement.findings)) == []
    assert (set(judgement.rules), dict(judgement.unproven)) == (set(RULES), {})


def test_every_rule_has_a_bad_history_and_none_is_for_nothing() -> None:
    assert set(BAD) | ELSEWHERE == set(RULES)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_history_is_found_by_its_rule(name: str) -> None:
    story = good()
    BAD[name](story)
    judgement = judge(story.build())
    print("others:", sorted(set(judgement.counts) - {name}))  # shown when the test fails, and by `pytest -rP`
    found = [finding for finding in judgement.findings if finding.rule == name]
    assert found, f"only {dict(judgement.counts)}"
    assert found[0].promise == RULES[name].meaning
    assert found[0].text


def test_a_blind_detector_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "prove_detector", lambda: [*proof.prove_detector(), "base64 after 1"])
    counts = judge(good().build()).counts
    assert dict(counts) == {"detector-proven": 1}


def test_a_rule_has_one_sentence_a_source_and_known_needs() -> None:
    assert len(RULES) >= 40
    for rule in RULES.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
        assert re.fullmatch(r"\S[^\n]*\.", rule.meaning), rule.name
        assert rule.source, rule.name
        assert rule.needs <= set(CAPABILITIES), rule.name


@pytest.mark.parametrize("name", sorted(name for name in BAD if RULES[name].needs))
def test_a_rule_is_not_applied_to_a_platform_that_lacks_what_it_needs(name: str) -> None:
    story = good()
    BAD[name](story)
    lacking = sorted(RULES[name].needs)[:1]
    judgement = judge(story.build(), frozenset(lacking))
    assert name not in judgement.rules
    assert judgement.not_applicable[name] == tuple(lacking)
    assert not any(finding.rule == name for finding in judgement.findings)
