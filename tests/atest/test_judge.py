"""The judge runs at the end of every test: it stamps, refuses, and lets nothing pass that it has not seen."""

import os
import re
import subprocess
import sys
from pathlib import Path

from inner_run import InnerRun, run_inner
from robot.api import ExecutionResult

from goldenpath.history.rules import RULES
from goldenpath.history.written import read
from goldenpath.judge_again import main as judge_again
from goldenpath.judged import main

FOLDER = Path(__file__).parent / "judged"
ENDS, CONVERSATION = FOLDER / "ends_of_tests.robot", FOLDER / "conversation.robot"
JOURNEY = Path(__file__).parents[2] / "suites" / "journey" / "full_user_journey.robot"
BREAKER = FOLDER / "broken_judge.py"
RULE = sorted(RULES)[0]
TOKEN = re.compile(r"eyJ[\w-]{8}")
STAMP = re.compile(r"judged: (\d+) frames, (\d+) bodies, (\d+) rules")


def stamp_of(run: InnerRun, test: str) -> tuple[int, int, int]:
    """Frames, bodies and rules that the stamp of a test tells."""
    found = STAMP.search(run.tests()[test][1])
    assert found, run.tests()[test]
    frames, bodies, rules = map(int, found.groups())
    return frames, bodies, rules


def log_of(run: InnerRun, test: str) -> str:
    [found] = [one for one in ExecutionResult(str(run.folder / "output.xml")).suite.all_tests if one.name == test]
    return "\n".join(str(item.message) for item in found.body.filter(messages=True))


def test_each_test_ends_as_announced_and_only_a_waived_rule_is_in_the_stamp(tmp_path: Path) -> None:
    run = run_inner(ENDS, tmp_path, "--variable", f"RULE:{RULE}")
    assert len(run.tests()) == 8, run.console
    assert not run.differences(), "\n".join(run.differences())
    waived = f"waived: {RULE} (the tunnel is closed on purpose)"
    assert [name for name, (_, message, _) in run.tests().items() if "waived" in message] == ["A Waived Rule"]
    assert run.tests()["A Waived Rule"][1].endswith(waived)
    assert waived in log_of(run, "A Waived Rule")
    assert "judged" not in run.tests()["A Skipped Test"][1]
    assert main([str(tmp_path / "output.xml")]) == 0


def test_a_dry_run_is_not_judged(tmp_path: Path) -> None:
    run = run_inner(ENDS, tmp_path, "--dryrun", "--variable", f"RULE:{RULE}")
    assert {(status, message) for status, message, _ in run.tests().values()} == {("PASS", "")}
    assert main([str(tmp_path / "output.xml")]) == 1


def test_a_judge_that_falls_over_fails_every_test(tmp_path: Path) -> None:
    run = run_inner(ENDS, tmp_path, "--variable", f"RULE:{RULE}", "--listener", f"{BREAKER}:crashing")
    judged = {name: end for name, end in run.tests().items() if end[0] != "SKIP"}
    assert {status for status, _, _ in judged.values()} == {"FAIL"}
    told = "not judged: ZeroDivisionError: the judge fell over"
    assert all(told in message for _, message, _ in judged.values())
    assert main([str(tmp_path / "output.xml")]) == 1


def test_a_blind_detector_fails_a_conversation(tmp_path: Path) -> None:
    run = run_inner(CONVERSATION, tmp_path, "--test", "Ada Gets Her Answer", "--listener", f"{BREAKER}:blind")
    status, message, _ = run.tests()["Ada Gets Her Answer"]
    assert status == "FAIL"
    assert "blind" in message


def test_a_sound_conversation_is_judged_and_every_history_is_written_when_asked(tmp_path: Path) -> None:
    run = run_inner(CONVERSATION, tmp_path, "--variable", "HISTORY:all")
    assert not run.differences(), "\n".join(run.differences())
    frames, bodies, rules = stamp_of(run, "Ada Gets Her Answer")
    assert frames >= 10
    assert bodies >= 2
    assert rules >= 40
    assert stamp_of(run, "A Page Says That It Is Up")[:2] == (0, 1)
    assert "stores of the suite" in run.tests()["A Page Says That It Is Up"][1]
    files = sorted((tmp_path / "history").iterdir())
    assert [re.sub("-[0-9a-f]{8}", "", file.name) for file in files] == [
        "a-page-says-that-it-is-up.jsonl",
        "ada-gets-her-answer.jsonl",
    ]
    assert f'href="history/{files[1].name}"' in log_of(run, "Ada Gets Her Answer")
    assert judge_again([str(file) for file in files]) == 0
    written = read(files[1])
    history = written.recorder
    assert sum(len(channel.frames) for channel in history.channels) == frames
    # the last of them proves that the silence was that of a living socket
    assert history.channels[0].frames[-1].type == "pong"
    assert {"row of messages", "row of runs", "row of run_steps", "row of run_events"} <= {
        look_up.place for look_up in history.look_ups
    }
    assert any(look_up.place.startswith("GET /api/runs/") for look_up in history.look_ups)
    assert written.header["target"] == "embedded"
    assert list(history.seeds) == ["Ada's usage data of 2026"]
    assert not TOKEN.search(files[1].read_text(encoding="utf-8"))


def test_a_defect_that_no_step_aims_at_turns_the_journey_red_and_its_histories_are_kept(tmp_path: Path) -> None:
    run = run_inner(JOURNEY, tmp_path, env={"PYTHONPATH": str(FOLDER / "defect")})
    tests = list(ExecutionResult(str(run.folder / "output.xml")).suite.all_tests)
    assert all(step.passed for test in tests for step in test.body if hasattr(step, "passed")), run.console
    red = [test for test in tests if test.failed]
    assert len(red) >= 2, run.console
    for test in red:
        named = {line.partition(":")[0] for line in test.message.splitlines()} & RULES.keys()
        assert named == {"frame-schema", "no-token-in-frames"}, test.message
        assert STAMP.search(test.message)
        [link] = re.findall(r'href="(history/[^"]+)"', log_of(run, test.name))
        written = (tmp_path / link).read_text(encoding="utf-8")
        assert "granted for <secret>" in written
        assert not TOKEN.search(written)
        assert judge_again([str(tmp_path / link)]) == 1


def test_a_leak_in_a_store_is_found_at_the_end_of_the_suite(tmp_path: Path) -> None:
    run = run_inner(FOLDER / "leak_in_a_store.robot", tmp_path)
    assert not run.differences(), "\n".join(run.differences())
    message = run.tests()["The Last Test Of The Suite"][1]
    assert "Ada of 'Something Of Ada Gets Into The Stores Of Bob'" in message


def test_under_pabot_histories_lie_beside_the_one_log(tmp_path: Path) -> None:
    for name in ("one", "two"):
        suite = ENDS.read_text(encoding="utf-8")
        tmp_path.joinpath(f"{name}.robot").write_text(suite, encoding="utf-8")
    command = [sys.executable, "-m", "pabot.pabot", "--processes", "2", "--pabotlibport", "0"]
    done = subprocess.run(
        [*command, "--outputdir", "results", "--variable", f"RULE:{RULE}", "one.robot", "two.robot"],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        # pabot starts whatever `robot` it finds first
        env={**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])},
    )  # fmt: skip
    results = tmp_path / "results"
    tests = list(ExecutionResult(str(results / "output.xml")).suite.all_tests)
    failed = [test for test in tests if test.failed]
    assert len(tests) == 16, done.stdout
    assert len(failed) == 8
    for test in failed:
        [link] = re.findall(
            r'href="(history/[^"]+)"', "\n".join(str(m.message) for m in test.body.filter(messages=True))
        )
        assert read(results / link).header["test"] == test.name
    assert len(list((results / "history").iterdir())) == 8
    assert main([str(results / "output.xml")]) == 0
