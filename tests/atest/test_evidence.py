"""A failed test says what its reader needs next, and shows at the failing step what was to be seen at that moment."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from inner_run import InnerRun, run_inner
from robot import result
from robot.api import ExecutionResult

from goldenpath.project import ROOT

FOLDER = Path(__file__).parent
FAILING = FOLDER / "evidence" / "failing.robot"
WRONG_FIGURE = """A Wrong Figure Für "Ada's" Firma [?]"""
MAY = "Ada's question 'How much did we spend on gpt-4o in May 2026?'"
LABELS = ("When", "Limit", "Business value", "Trace", "Reproduce")
EVIDENCE = "What there was to see when it failed"
AT_STEP = {"A Wrong Figure", "A Set-Up Fails", "A Timeout", "A Backend", "A Store", "PostgreSQL"}


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> InnerRun:
    return run_inner(FAILING, tmp_path_factory.mktemp("failing"), "--variable", "CITY:Köln am Rhein")


def the_test(run: InnerRun, name: str) -> result.TestCase:
    [found] = [t for t in ExecutionResult(str(run.folder / "output.xml")).suite.all_tests if t.name.startswith(name)]
    return found


def lines_of(message: str) -> dict[str, str]:
    """The labelled lines, which stand together before the stamp."""
    found = re.findall(rf"^({'|'.join(LABELS)}): (.*)$", message, re.MULTILINE)
    assert [label for label, _ in found] == [label for label in LABELS if label in dict(found)], message
    return dict(found)


def evidence_in(
    item: result.TestCase | result.TestSuite | result.Keyword, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], result.Message]]:
    """Every piece of evidence with the names of the steps that it stands in."""
    steps = [*([item.setup] if getattr(item, "has_setup", False) else []), *getattr(item, "body", ())]
    for step in steps:
        if isinstance(step, result.Message):
            if EVIDENCE in step.message:
                yield path, step
        else:
            yield from evidence_in(step, (*path, getattr(step, "full_name", "") or step.type))


def one_evidence(run: InnerRun, name: str) -> tuple[tuple[str, ...], str]:
    [(path, message)] = evidence_in(the_test(run, name))
    assert message.html
    return path, message.message


def test_a_broken_promise_gets_all_lines_after_its_own_sentence(failing: InnerRun) -> None:
    message = the_test(failing, "A Wrong Figure").message
    sentence, lines, stamp = message.split("\n\n")
    assert re.fullmatch(rf"The answer to {re.escape(MAY)} says total_cost = [0-9.]+; the truth is 10\.", sentence)
    assert stamp.startswith("judged: ")
    told = lines_of(lines)
    assert set(told) == {"When", "Business value", "Trace", "Reproduce"}
    assert re.fullmatch(rf"\d+\.\d{{3}} s after {re.escape(MAY)} was sent, at 20\d\d-.*Z", told["When"])
    assert told["Business value"] == "all tiers; a wrong figure costs a customer."
    assert re.fullmatch(rf"[0-9a-f]{{32}} \({re.escape(MAY)}\)", told["Trace"])


def test_a_wait_that_ran_out_names_its_limit(failing: InnerRun) -> None:
    told = lines_of(the_test(failing, "A Backend Is Frozen").message)
    assert set(told) == {"When", "Limit", "Business value", "Reproduce"}  # nothing came, so no trace is known
    assert told["Limit"].startswith("limit-message_processing, max_s = 5 ")
    assert "never awaited" not in the_test(failing, "A Backend Is Frozen").message


@pytest.mark.parametrize("name", ["An Unknown Keyword", "A Wrong Argument"])
def test_a_mistake_of_the_test_gets_no_line_but_the_last(failing: InnerRun, name: str) -> None:
    test = the_test(failing, name)
    assert set(lines_of(test.message)) == {"Reproduce"}
    assert not list(evidence_in(test))


def test_what_is_expected_to_fail_leaves_nothing(failing: InnerRun) -> None:
    test = the_test(failing, "What Is Expected To Fail")
    assert test.passed
    assert not lines_of(test.message)
    assert not list(evidence_in(test))


def test_evidence_stands_once_in_the_innermost_step_that_failed(failing: InnerRun) -> None:
    states = "goldenpath.AgentLibrary.Answer States"
    acknowledgement = ("goldenpath.AgentLibrary.Acknowledgement Arrives",)
    places = {name: one_evidence(failing, name)[0] for name in AT_STEP}
    assert places == {
        "A Wrong Figure": ("The Figure Is Ten", states),
        "A Set-Up Fails": ("The First Answer Is Ten", "The Figure Is Ten", states),
        "A Timeout": ("goldenpath.AgentLibrary.Answer Arrives In Time",),
        "A Backend": acknowledgement,
        "A Store": ("The Figure Is Ten", states),
        "PostgreSQL": acknowledgement,
    }


def test_evidence_holds_picture_conversation_rows_keys_and_log(failing: InnerRun) -> None:
    _, shown = one_evidence(failing, "A Wrong Figure")
    assert shown.count("<svg") == 1
    assert "What Ada and the platform had said by then" in shown
    assert re.search(r"Rows in PostgreSQL: messages 2, runs 1, run_steps 4, run_events 16 \(run [0-9a-f-]{36}\)", shown)
    assert re.search(r"Keys in Redis: [5-9]", shown)
    assert re.search(r">run:[0-9a-f-]{36}:state</td>", shown)
    assert "Log" in shown
    assert shown.count("agent_completed") >= 2  # in the picture, and as a row


def test_an_error_that_a_user_was_sent_gives_the_trace_and_a_dead_store_is_told(failing: InnerRun) -> None:
    told = lines_of(the_test(failing, "PostgreSQL").message)
    assert re.search(r"[0-9a-f]{32} \(error [A-Z_]+ to Ada\)", told["Trace"])
    _, shown = one_evidence(failing, "PostgreSQL")
    assert re.search(r"Log of backend-1: \d+ lines?, \d+ with the trace", shown)
    assert re.search(r"Rows in PostgreSQL: not to be had: TargetError: PostgreSQL at .* cannot be reached", shown)


def test_a_store_that_does_not_answer_costs_a_bounded_time_and_hides_nothing(failing: InnerRun) -> None:
    test = the_test(failing, "A Store Is Frozen")
    assert "Keys in Redis: not to be had, no answer within 5 s" in one_evidence(failing, "A Store")[1]
    assert "run_events 16" in one_evidence(failing, "A Store")[1]
    assert "the truth is 10." in test.message
    [(_, message)] = evidence_in(test)
    [failed] = [m for m in message.parent.body if isinstance(m, result.Message) and m.level == "FAIL"]
    assert message.timestamp - failed.timestamp < timedelta(seconds=7)


def test_no_token_is_in_any_of_it(failing: InnerRun) -> None:
    assert not re.search(r"eyJ[\w-]{8}", (failing.folder / "output.xml").read_text(encoding="utf-8"))


def test_the_last_line_runs_the_test_again_when_pasted(failing: InnerRun, tmp_path: Path) -> None:
    before = the_test(failing, "A Wrong Figure").message
    command = lines_of(before)["Reproduce"]
    assert "'CITY:Köln am Rhein'" in command
    again = tmp_path / "again"
    assert command.count("--outputdir results/again") == 1
    done = subprocess.run(
        ["bash", "-c", command.replace("results/again", f"'{again}'")],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])},
    )  # fmt: skip
    tests = list(ExecutionResult(str(again / "output.xml")).suite.all_tests)
    assert [test.name for test in tests] == [WRONG_FIGURE], done.stdout + done.stderr
    # the same seed makes the same figure, and with it the same sentence
    assert tests[0].message.split("\n")[0] == before.split("\n")[0]


def test_findings_of_the_judge_get_their_evidence_once_in_the_test_itself(tmp_path: Path) -> None:
    suite = FOLDER / "judged" / "conversation.robot"
    run = run_inner(suite, tmp_path, "--test", "Ada*", env={"PYTHONPATH": str(FOLDER / "judged" / "defect")})
    message = the_test(run, "Ada").message
    assert set(lines_of(message)) == {"Reproduce"}  # findings say when and which trace; the test tells no value
    assert message.count("Reproduce: ") == 1
    path, shown = one_evidence(run, "Ada")
    assert path == ()
    assert "run_events 16" in shown
    assert "<svg" not in shown  # the test shows it anyway


def test_a_suite_whose_set_up_failed_shows_it_there(tmp_path: Path) -> None:
    run = run_inner(FOLDER / "evidence" / "suite_set_up.robot", tmp_path)
    suite = ExecutionResult(str(run.folder / "output.xml")).suite
    [(path, message)] = evidence_in(suite.setup)
    assert path == ("goldenpath.AgentLibrary.Answer States",)
    first, second = (the_test(run, f"The {which}").message for which in ("First", "Second"))
    assert set(lines_of(first)) == {"When", "Business value", "Trace", "Reproduce"}
    assert set(lines_of(second)) == {"Business value", "Reproduce"}
    assert not list(evidence_in(the_test(run, "The Second")))
    assert message.html


def test_pabot_keeps_the_evidence_in_its_step(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pabot.pabot", "--processes", "2", "--pabotlibport", "0"]
    done = subprocess.run(
        [*command, "--outputdir", str(tmp_path), "--test", "A Wrong Figure*", "--variable", "TARGET:embedded", FAILING],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])},
    )  # fmt: skip
    run = InnerRun(tmp_path, done.returncode, done.stdout)
    assert one_evidence(run, "A Wrong Figure")[0][-1] == "goldenpath.AgentLibrary.Answer States"
    command_again = lines_of(the_test(run, "A Wrong Figure").message)["Reproduce"]
    assert re.findall(r"--variable (\w+)", command_again) == ["TARGET", "SEED"]
