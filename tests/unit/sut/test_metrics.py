import mmap

import pytest

from sut.common.metrics import Metric, exposition, resident_bytes


def test_numbers_and_labels_stand_in_prometheus_text_form() -> None:
    text = exposition(
        [
            Metric("open", "gauge", "Open things.", lambda: 3),
            Metric("sent_total", "counter", "Sent things.", lambda: {"b": 1, "a": 123456789012}, "type"),
            Metric("unknown", "gauge", "Nobody knows.", lambda: None),
        ]
    )
    assert text.splitlines() == [
        "# HELP open Open things.",
        "# TYPE open gauge",
        "open 3",
        "# HELP sent_total Sent things.",
        "# TYPE sent_total counter",
        'sent_total{type="a"} 123456789012',
        'sent_total{type="b"} 1',
        "# HELP unknown Nobody knows.",
        "# TYPE unknown gauge",
    ]
    assert text.endswith("\n")


def test_a_figure_is_read_at_each_scrape() -> None:
    things = [1]
    metric = Metric("open", "gauge", "Open things.", lambda: len(things))
    assert "open 1" in exposition([metric])
    things.append(2)
    assert "open 2" in exposition([metric])


def test_memory_is_this_process_s_in_bytes() -> None:
    before = resident_bytes()
    if before is None:
        pytest.skip("no /proc here")
    # not from the heap, which may have as much to spare from tests before
    held = mmap.mmap(-1, 50_000_000)
    held.write(b"x" * len(held))
    after = resident_bytes()
    assert after is not None
    assert 40_000_000 < after - before < 80_000_000
    held.close()
