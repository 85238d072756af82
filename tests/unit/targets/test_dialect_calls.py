"""Calls over HTTP in a dialect: asked in its form, answered in the contract's."""

from goldenpath.targets.calls import Call
from goldenpath.targets.dialect import CONTRACT, load_dialect

NETRA = load_dialect("netra-apex")


def test_a_list_without_a_cursor_is_read_page_by_page() -> None:
    call = NETRA.calls["messages"]
    first = {"limit": 2, "cursor": None}
    page = call.read({"messages": [{"id": 1, "metadata": {"run_id": "r"}}, {"id": 2}], "total": 3}, first)
    assert page == {
        "items": [{"id": 1, "metadata": {"run_id": "r"}, "run_id": "r"}, {"id": 2}],
        "next_cursor": "2",
    }
    assert call.query({"limit": 2, "cursor": "2"}) == {"limit": 2, "offset": "2"}
    assert call.read({"messages": [{"id": 3}]}, {"limit": 2, "cursor": "2"})["next_cursor"] is None


def test_an_answer_that_is_a_list_itself_is_read() -> None:
    assert NETRA.calls["threads"].read([{"id": "t"}], {})["items"] == [{"id": "t"}]


def test_fields_are_found_where_the_dialect_has_them() -> None:
    assert NETRA.calls["me"].read({"user_id": "u"}, {})["id"] == "u"
    assert NETRA.calls["register"].statuses == {200: 201}


def test_fields_of_a_request_are_renamed_or_left_out() -> None:
    call = Call("POST", "/x", request={"content": "message", "client_message_id": ""})
    assert call.body({"content": "hi", "client_message_id": "c", "other": 1}) == {"message": "hi", "other": 1}
    assert call.body(None) is None


def test_errors_in_three_forms_read_like_the_contracts() -> None:
    assert NETRA.error({"detail": "no"}) == {"error": {"message": "no"}}
    assert NETRA.error({"error": True, "error_code": "X", "message": "no"}) == {"error": {"code": "X", "message": "no"}}
    assert NETRA.error("plain words") == {"error": {"message": "plain words"}}
    assert CONTRACT.error({"error": {"code": "X"}}) == {"error": {"code": "X"}}
