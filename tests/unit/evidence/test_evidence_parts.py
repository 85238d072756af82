"""Tables of rows and chosen lines of a log: bounded, without secrets, and honest about what is left out."""

import json
from datetime import UTC, datetime, timedelta

from goldenpath.evidence.platform_log import MOST_CHARACTERS as LONGEST
from goldenpath.evidence.platform_log import MOST_LINES, choose, error_in_short, moment_of
from goldenpath.evidence.tables import MOST_CHARACTERS, MOST_ROWS, table_html

BEGIN = datetime(2026, 5, 1, 8, 30, 0, tzinfo=UTC)
END = BEGIN + timedelta(seconds=5)


def log_line(seconds: float, message: str, trace_id: str | None = None) -> str:
    line = {"time": (BEGIN + timedelta(seconds=seconds)).isoformat(), "level": "INFO", "message": message}
    return json.dumps(line | ({"trace_id": trace_id} if trace_id else {}))


def test_a_table_has_the_wanted_columns_and_escapes_what_it_shows() -> None:
    table = table_html("rows <of> messages", ["seq", "content"], [{"seq": 1, "content": "<b>5</b>", "other": "no"}])
    assert "rows &lt;of&gt; messages: 1 row<" in table
    assert "&lt;b&gt;5&lt;/b&gt;" in table
    assert "other" not in table


def test_of_many_rows_the_last_are_shown_and_the_rest_is_counted() -> None:
    rows = [{"seq": number} for number in range(MOST_ROWS + 5)]
    table = table_html("run_events", ["seq"], rows)
    assert f"run_events: {MOST_ROWS + 5} rows, the last {MOST_ROWS} are shown" in table
    assert table.count("<tr>") == MOST_ROWS + 1
    assert ">4</td>" not in table
    assert f">{MOST_ROWS + 4}</td>" in table


def test_a_long_cell_is_cut_and_says_so() -> None:
    assert f"(100 of {MOST_CHARACTERS + 100} characters cut)" in table_html(
        "x", ["content"], [{"content": "a" * (MOST_CHARACTERS + 100)}]
    )


def test_secrets_in_cells_are_masked_by_their_names() -> None:
    table = table_html("x", ["data"], [{"data": {"password": "hunter22", "kept": "here"}}])
    assert "hunter22" not in table
    assert "here" in table


def test_lines_are_chosen_by_trace_and_by_moment() -> None:
    lines = [
        log_line(-60, "long ago"),
        log_line(-50, "long ago, of this trace", "ab12"),
        log_line(1, "of that moment"),
        log_line(2, "of that moment and trace", "ab12"),
        log_line(9, "later"),
    ]
    chosen = choose(lines, {"ab12"}, BEGIN, END)
    assert list(chosen.lines) == lines[1:4]
    assert chosen.caption("backend-1") == "backend-1: 3 lines, 2 with the trace"


def test_a_line_without_a_moment_belongs_to_the_line_before() -> None:
    lines = [log_line(-60, "old"), "Traceback of the old", log_line(1, "new"), "Traceback of the new"]
    assert list(choose(lines, (), BEGIN, END).lines) == lines[2:]


def test_of_many_lines_the_last_are_kept_and_the_rest_is_counted() -> None:
    lines = [log_line(1, str(number)) for number in range(MOST_LINES + 3)]
    chosen = choose(lines, (), BEGIN, END)
    assert list(chosen.lines) == lines[3:]
    told = f"auth: {MOST_LINES + 3} lines, 0 with the trace; the last {MOST_LINES} are shown"
    assert chosen.caption("auth") == told


def test_moments_of_all_servers_are_read() -> None:
    assert moment_of('{"time": "2026-05-01T08:30:00.500Z"}') == BEGIN + timedelta(seconds=0.5)
    assert moment_of("2026-05-01 08:30:00.500 UTC [7] LOG:  ready") == BEGIN + timedelta(seconds=0.5)
    local = BEGIN.astimezone()
    assert moment_of(f"7:M {local:%d %b %Y %H:%M:%S}.500 * Ready") == BEGIN + timedelta(seconds=0.5)
    assert moment_of("  File x, line 1") is None
    assert moment_of('{"time": 5}') is None


def test_an_error_line_becomes_a_sentence() -> None:
    line = json.dumps({"message": "it broke", "trace_id": "ab12", "exception": "Traceback …\n  File x\nValueError: no"})
    assert error_in_short(f"backend-1: {line}") == "backend-1: it broke (ValueError: no) [trace ab12]"
    assert error_in_short("auth: Traceback (most recent call last):") == "auth: Traceback (most recent call last):"
    assert len(error_in_short("auth: " + "x" * 2 * LONGEST)) <= LONGEST + 2
