"""Histories lie beside the log that people open, under names that never clash, without secrets."""

import json
from pathlib import Path

import pytest

from goldenpath.history.exchange import Exchange
from goldenpath.history.recorder import Recorder
from goldenpath.judging.keeping import clean, file_name, keep_history, outer
from goldenpath.reporting.redaction import remember_secret


@pytest.mark.parametrize(
    ("folder", "log"),
    [
        ("/r", "/r"),
        ("/r/pabot_results/3", "/r"),
        ("/r/pabot_results/1/3", "/r"),
        ("/pabot/results", "/pabot/results"),
    ],
)
def test_the_folder_of_the_log_is_found_from_a_process_of_pabot(folder: str, log: str) -> None:
    assert outer(Path(folder)) == Path(log)


def test_names_are_safe_and_never_the_same() -> None:
    names = [
        file_name('Ada & Bob: "true"/answers?', "Suite", None),
        file_name("Ada & Bob: 'true'/answers?", "Suite", None),
        file_name("Ada & Bob: 'true'/answers?", "Other", None),
        file_name("Ada & Bob: 'true'/answers?", "Other", "0"),
        file_name("Ada & Bob: 'true'/answers?", "Other", "1"),
        file_name("é" * 300, "Other", "1"),
        file_name("w " * 300, "Other", "1"),
    ]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and len(name) < 120 and "/" not in name for name in names)
    assert names[0].startswith("ada-bob-true-answers-")


def test_secrets_go_by_the_names_of_fields_and_by_being_known() -> None:
    remember_secret("open-sesame")
    body = json.dumps(
        {"refresh_token": "never-remembered", "token_type": "Bearer", "input_tokens": 7, "said": "open-sesame"}
    )
    assert json.loads(clean(body)) == {
        "refresh_token": "<secret>",
        "token_type": "Bearer",
        "input_tokens": 7,
        "said": "<secret>",
    }
    assert clean("no JSON: open-sesame") == "no JSON: <secret>"
    untouched = '{"a":1,   "b": "é"}'
    assert clean(untouched) == untouched


def test_a_history_is_written_without_secrets_and_its_place_is_told(tmp_path: Path) -> None:
    recorder = Recorder()
    answer = json.dumps({"access_token": "opaque-token-of-nobody", "user": {"id": "u1"}})
    request = json.dumps({"password": "never-remembered-either"})
    recorder.record_exchange(Exchange("Ada", "POST", "/auth/login", 200, 1, 2, "ok", request, answer))
    header = {"test": "A Test", "suite": "S"}
    place = keep_history(recorder, header, tmp_path / "pabot_results" / "1", "1")
    text = (tmp_path / place).read_text(encoding="utf-8")
    assert place.parts[0] == "history"
    assert "u1" in text
    assert "opaque-token-of-nobody" not in text
    assert "never-remembered-either" not in text
