from uuid import uuid4

import pytest

from sut.backend.client_frames import read_frame, read_id, read_question, ref_of
from sut.common.errors import PlatformError


def code_of(refused: pytest.ExceptionInfo[PlatformError]) -> str:
    return refused.value.code


def test_payload_or_data() -> None:
    assert read_frame({"type": "a", "payload": {"x": 1}, "ref": "r"}).payload == {"x": 1}
    assert read_frame({"type": "a", "data": {"x": 2}}).payload == {"x": 2}
    assert read_frame({"type": "a"}).payload == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": ""},
        {"type": 1},
        {"type": "a", "payload": None},
        {"type": "a", "payload": "x"},
        {"type": "a", "ref": 1},
        {"type": "a", "ref": "r" * 65},
        {"type": "a", "tenant_id": "t"},
        {"type": "a", "payload": {"user_id": "u"}},
        {"type": "a", "data": {"permissions": []}},
    ],
)
def test_wrong_shape_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(PlatformError) as refused:
        read_frame(body)
    assert code_of(refused) == "INVALID_INPUT"


def test_ref_of_a_bad_frame() -> None:
    assert ref_of({"ref": "r"}) == "r"
    assert ref_of({"ref": "r" * 64}) == "r" * 64
    assert ref_of({"ref": "r" * 65}) is None
    assert ref_of({"ref": 5}) is None
    assert ref_of({}) is None


def test_question_keeps_its_content() -> None:
    thread = uuid4()
    question = read_question({"content": "  Ünïcode \n", "client_message_id": "c", "thread_id": str(thread)})
    assert (question.content, question.client_message_id, question.thread_id) == ("  Ünïcode \n", "c", thread)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"client_message_id": "c"}, "INVALID_INPUT"),
        ({"content": 5, "client_message_id": "c"}, "INVALID_INPUT"),
        ({"content": " \n", "client_message_id": "c"}, "INVALID_INPUT"),
        ({"content": "x"}, "INVALID_INPUT"),
        ({"content": "x", "client_message_id": ""}, "INVALID_INPUT"),
        ({"content": "x", "client_message_id": 5}, "INVALID_INPUT"),
        ({"content": "x", "client_message_id": "c" * 129}, "INVALID_INPUT"),
        ({"content": "x", "client_message_id": "c", "traceparent": 5}, "INVALID_INPUT"),
        ({"content": "x", "client_message_id": "c", "thread_id": "7"}, "NOT_FOUND"),
        ({"content": "x", "client_message_id": "c", "thread_id": 7}, "NOT_FOUND"),
    ],
)
def test_bad_question_is_refused(payload: dict[str, object], code: str) -> None:
    with pytest.raises(PlatformError) as refused:
        read_question(payload)
    assert code_of(refused) == code


def test_client_id_may_be_missing_where_it_may() -> None:
    assert read_question({"content": "x"}, needs_client_id=False).client_message_id is None
    with pytest.raises(PlatformError):
        read_question({"content": "x", "client_message_id": 5}, needs_client_id=False)


def test_id() -> None:
    known = uuid4()
    assert read_id(str(known), "run") == known
    with pytest.raises(PlatformError, match="no such run"):
        read_id(None, "run")
