"""The oracles judge known good and known bad answers; and each of them can be fooled by nothing that is listed."""

import random
import subprocess
import sys

import pytest

from goldenpath.answers import confusion as judging
from goldenpath.answers.confusion import JUDGES, Judge, confusion
from goldenpath.answers.samples import make_case, manners

CASES = 24


@pytest.mark.parametrize("name", JUDGES)
def test_an_oracle_accepts_good_answers_and_rejects_every_kind_of_bad_one(name: str) -> None:
    matrix = confusion(name, "a fixed seed", CASES)
    assert matrix.good() == CASES
    assert all(rejected == CASES for rejected in matrix.rejected.values()), matrix.false_accepts[:3]
    assert matrix.trustworthy(), matrix.false_rejects[:3]


@pytest.mark.parametrize("manner", range(manners()))
def test_every_manner_of_speaking_is_understood(manner: int) -> None:
    for number in range(10):
        case = make_case(random.Random(number), manner)
        for name in ("grounded", "on topic", "actionable"):
            assert JUDGES[name].oracle(case, case) == [], case.answer.text


def test_an_oracle_that_accepts_everything_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(judging.JUDGES, "grounded", Judge(lambda *_: [], JUDGES["grounded"].rejects))
    assert not confusion("grounded", "x", 5).trustworthy()


def test_an_oracle_that_rejects_everything_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(judging.JUDGES, "grounded", Judge(lambda *_: ["no"], JUDGES["grounded"].rejects))
    assert not confusion("grounded", "x", 5).trustworthy()


def test_the_command_prints_the_seed_and_a_matrix_for_each_oracle() -> None:
    command = [sys.executable, "-m", "goldenpath.answers", "--cases", "3", "--seed", "shown"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout
    assert told.stdout.startswith("seed shown")
    assert all(f"\n{name}: ok" in told.stdout for name in JUDGES)


def test_the_command_refuses_no_cases() -> None:
    command = [sys.executable, "-m", "goldenpath.answers", "--cases", "0"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "--cases must be 1 or more" in told.stderr
