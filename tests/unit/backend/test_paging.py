import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.requests import Request

from sut.backend.rest.request import cursor, page_answer, page_size, read_seq
from sut.common.errors import PlatformError


def request(query: str = "") -> Request:
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": []})


def test_cursor_of_a_page_leads_to_the_next() -> None:
    ids = [uuid4() for _ in range(3)]
    body: dict[str, Any] = json.loads(bytes(page_answer([{"id": each} for each in ids], 2, "id").body))
    assert [item["id"] for item in body["items"]] == [str(each) for each in ids[:2]]
    assert cursor(request(f"cursor={body['next_cursor']}"), UUID) == ids[1]


def test_last_page_has_no_cursor() -> None:
    assert json.loads(bytes(page_answer([{"seq": 1}, {"seq": 2}], 2, "seq").body))["next_cursor"] is None
    assert json.loads(bytes(page_answer([], 2, "seq").body)) == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("text", ["x", "eA==", "ü", "LTE=", "M!A==", "MA==x", "MTExMTExMTExMTExMTExMTExMTExMTE="])
def test_cursor_that_no_page_gave(text: str) -> None:
    with pytest.raises(PlatformError) as refused:
        cursor(request(f"cursor={text}"), read_seq)
    assert refused.value.code == "INVALID_INPUT"


def test_page_size() -> None:
    assert page_size(request()) == 50
    assert page_size(request("limit=100")) == 100
    for bad in ("0", "101", "-1", "1.5", "", "٣"):
        with pytest.raises(PlatformError):
            page_size(request(f"limit={bad}"))
