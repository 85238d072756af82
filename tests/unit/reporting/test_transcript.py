"""A conversation reads like a chat, and nothing that a platform sends can break the page."""

import json
from typing import Any

import pytest
from picture_reader import HtmlReader
from samples import HOSTILE, QUESTION, RESULT, START_NS, Script, broken, hostile, normal, transcripts

from goldenpath.reporting.answer_card import amount_text, answer_card_html
from goldenpath.reporting.lines import Line, lines_from_frames
from goldenpath.reporting.transcript import transcript_html


def read(frames: list, **options: Any) -> HtmlReader:
    return HtmlReader(transcript_html(lines_from_frames(frames, START_NS, **options), title="A conversation"))


def test_the_conversation_is_seen_without_opening_anything() -> None:
    text = read(normal(), question=QUESTION, user="Ada").text
    expected = [
        "A conversation",
        "Ada · asks " + QUESTION,
        "19 ms platform : question received and stored",
        "work begins: triage → data → optimization → report",
        "58 ms triage : A question about cost: gpt-4o, May 2026. Data first, then savings.",
        "usage_query ok , 215 ms",
        "Answer · 1.89 s You spent $4,218.37",
        "Total cost $4,218.37",
        "Requests 182,340 requests",
        "Average latency 912.4 ms",
        "gpt-4o → gpt-4o-mini, 82% sure $1,371.90 a month",
        "Saving in all: $1,467.95 a month, from the figures of 2026-05-01 to 2026-05-31",
    ]
    places = [text.find(part) for part in expected]
    assert -1 not in places, [part for part, place in zip(expected, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_technical_detail_is_folded() -> None:
    page = read(normal(), question=QUESTION)
    assert "tool_call_id" not in page.text
    assert '"first_day": "2026-05-01"' in page.folded_text
    assert '"event_id"' in page.folded_text
    assert f"{len(normal())} frames as they came" in page.text


def test_raw_frames_stand_whole_at_the_end() -> None:
    folded = read(normal()).folded_text
    assert json.dumps(normal()[0][1], ensure_ascii=False) in folded


def test_long_values_say_what_was_cut() -> None:
    rows = [{"model": f"model-{number}"} for number in range(500)]
    page = read(Script().tool(1, 2, "c1", "usage_query", result=rows).frames)
    assert "characters cut)" in page.folded_text
    assert len(page.folded_text) < 12_000


def test_many_frames_and_lines_are_counted() -> None:
    script = Script()
    for number in range(400):
        script.think(number, "data", "again")
    page = read(script.frames)
    assert "and 100 more lines, left out here" in page.text
    assert "(340 of 400 frames left out)" in page.folded_text


def test_a_failure_shows_its_reason_and_what_was_found_before() -> None:
    script = Script().add(
        9, "agent_error", error={"code": "DATA_UNAVAILABLE", "message": "No records."}, partial_result=RESULT
    )
    page = read(script.frames)
    assert "Error · 9.0 ms DATA_UNAVAILABLE: No records. What was found before" in page.text
    assert "total_monthly_saving" in page.folded_text


def test_a_degraded_answer_names_what_is_missing() -> None:
    page = read(Script().add(9, "agent_completed", result=RESULT, status="degraded", missing=["report"]).frames)
    assert "Without: report" in page.text


@pytest.mark.parametrize("name", transcripts())
def test_the_page_is_well_formed_and_loads_nothing(name: str) -> None:
    html = transcripts()[name]
    page = HtmlReader(html)
    assert page.problems == []
    assert set(page.tags) <= {
        "section", "div", "span", "b", "bdi", "table", "tr", "td", "details", "summary", "pre",
    }  # fmt: skip
    assert set(page.attributes) <= {"style", "dir"}
    assert "url(" not in html


def test_hostile_text_stays_text() -> None:
    html = transcript_html(lines_from_frames(hostile(), START_NS, question=HOSTILE), title=HOSTILE)
    page = HtmlReader(html)
    assert page.text.count("</script><svg onload=alert(1)>") > 8
    assert "96,065 of 100,065 characters cut" not in page.text  # a thought is cut shorter than an answer
    assert "99,065 of 100,065 characters cut" in page.text
    for mark in ("\u202e", "\x00", "\ud800"):
        assert mark not in html
    html.encode("utf-8")


def test_both_ends_of_a_call_make_one_line() -> None:
    lines = lines_from_frames(Script().tool(10, 25, "c1", "usage_query", result=[1], day="x").frames, START_NS)
    [line] = lines
    assert line.tool is not None
    assert (line.tool.parameters, line.tool.result, line.tool.status, line.tool.duration_ms) == (
        {"day": "x"},
        [1],
        "ok",
        15,
    )
    assert len(line.frames) == 2


def test_half_a_call_is_told() -> None:
    begun = read(Script().add(1, "tool_executing", agent="data", tool_call_id="c", tool_name="t").frames)
    assert "t no end was seen" in begun.text
    ended = read(Script().add(1, "tool_completed", agent="data", tool_call_id="c", tool_name="t", status="ok").frames)
    assert "t ok" in ended.text


def test_time_counts_from_the_question_that_a_frame_belongs_to() -> None:
    second = 1_000_000_000

    def ask(client_message_id: str) -> dict:
        return {
            "type": "user_message",
            "payload": {"content": client_message_id, "client_message_id": client_message_id},
        }

    def ack(run_id: str, client_message_id: str) -> dict:
        return {"type": "message_ack", "run_id": run_id, "data": {"client_message_id": client_message_id}}

    def think(run_id: str) -> dict:
        return {"type": "agent_thinking", "run_id": run_id, "data": {"agent": "data", "reasoning": run_id}}

    frames = [
        (0, ask("m1")),
        (1, ack("r1", "m1")),
        (2, ask("m2")),
        (3, ack("r2", "m2")),
        (5, think("r1")),
        (6, think("r2")),
    ]
    lines = lines_from_frames([(stamp * second, frame) for stamp, frame in frames])
    assert [(line.kind, line.at_s) for line in lines] == [
        ("question", 0), ("note", 1), ("question", 0), ("note", 1), ("thinking", 5), ("thinking", 4),
    ]  # fmt: skip


@pytest.mark.parametrize("alias", [{"type": "chat_message", "data": {"content": "Hello"}}, {"type": "user_message"}])
def test_every_form_of_the_question_is_a_question(alias: dict) -> None:
    [line] = lines_from_frames([(0, alias)])
    assert line.kind == "question"


@pytest.mark.parametrize("body", [None, "text", 7, [1], {}, {"type": 7}, {"type": ["x"]}, {"type": "news", "data": []}])
def test_what_is_not_understood_is_kept_among_the_raw_frames(body: Any) -> None:
    [line] = lines_from_frames([(START_NS, body)], START_NS)
    assert line.kind == "technical"
    page = HtmlReader(transcript_html([line], title="t"))
    assert json.dumps(body) in page.folded_text


@pytest.mark.parametrize(
    "data", [None, "x", [], {}, {"plan": 1}, {"result": 7}, {"error": 7}, {"retry": 7}, {"missing": 7}]
)
@pytest.mark.parametrize(
    "kind",
    ["message_ack", "agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed",
     "agent_error", "agent_stopped", "error", "user_message"],
)  # fmt: skip
def test_malformed_frames_do_not_break_the_page(kind: str, data: Any) -> None:
    frame = {"type": kind, "data": data, "payload": data}
    page = HtmlReader(transcript_html(lines_from_frames([(1, frame)]), title="t"))
    assert page.problems == []


@pytest.mark.parametrize(
    "result",
    [{}, {"findings": 7, "recommendations": "x"}, {"findings": [1, {}]}, {"recommendations": [{"confidence": "high"}]},
     {"summary": None, "total_monthly_saving": "much", "period": 5}],
)  # fmt: skip
def test_a_malformed_result_does_not_break_the_card(result: dict) -> None:
    assert HtmlReader(answer_card_html(result)).problems == []


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (4218.37, "USD", "$4,218.37"),
        (0, "USD", "$0.00"),
        (-12.5, "EUR", "-€12.50"),
        (182_340, "requests", "182,340 requests"),
        (912.4, "ms", "912.4 ms"),
        (7, None, "7"),
        ("n/a", "USD", "n/a USD"),
        (True, None, "True"),
    ],
)
def test_figures_read_as_people_write_them(value: object, unit: object, text: str) -> None:
    assert amount_text(value, unit) == text


def test_a_line_may_be_made_by_hand() -> None:
    page = HtmlReader(transcript_html([Line(0.0, "question", "Ada", "Hello?")], title="t"))
    assert page.text == "t Ada · asks Hello?"


def test_a_run_that_broke_can_be_read() -> None:
    text = read(broken(), question=QUESTION).text
    assert "usage_query failed , 2.00 s" in text
    assert "DATA_UNAVAILABLE: The usage records could not be read." in text
