import json

import pytest

from sut.edge.netra_apex.ids import NO_THREAD
from sut.edge.netra_apex.marks import IN_THREAD, WITHOUT_THREAD, kind_of
from sut.edge.netra_apex.questions import Reply, read_client

THREAD = "01a1fd31-ac29-73c1-80de-1ffdab3288d2"
OUTER = f"thread_{THREAD}"


def told(**body) -> dict:
    return json.loads(read_client(json.dumps(body)))


def replied(text: str) -> dict | None:
    with pytest.raises(Reply) as reply:
        read_client(text)
    return reply.value.frame


@pytest.mark.parametrize(
    "body",
    [
        {"type": "user_message", "payload": {"content": "What?", "thread_id": OUTER}},
        {"type": "start_agent", "payload": {"user_request": "What?", "thread_id": OUTER}},
        {"type": "chat_message", "data": {"content": "What?", "thread_id": OUTER}},
        {"type": "agent_request", "agent": "data", "message": "What?", "thread_id": OUTER},
    ],
    ids=lambda body: body["type"],
)
def test_four_forms_are_one_question(body):
    frame = told(**body)
    assert kind_of(frame["payload"].pop("client_message_id")) == IN_THREAD
    assert frame == {"type": "user_message", "payload": {"content": "What?", "thread_id": THREAD}}


def test_without_a_thread_the_backend_chooses_one():
    payload = told(type="start_agent", payload={"user_request": "What?"})["payload"]
    assert "thread_id" not in payload
    assert kind_of(payload["client_message_id"]) == WITHOUT_THREAD


def test_the_clients_own_id_does_not_count_and_each_question_is_a_new_one():
    asked = {"type": "user_message", "payload": {"content": "What?", "client_message_id": "mine"}}
    first, second = (told(**asked)["payload"]["client_message_id"] for _ in range(2))
    assert "mine" not in (first, second)
    assert first != second


@pytest.mark.parametrize("thread", [THREAD, "thread_../admin", 7, "", "thread_"])
def test_what_no_thread_is_called_names_none(thread):
    assert told(type="user_message", payload={"content": "What?", "thread_id": thread})["payload"]["thread_id"] == (
        NO_THREAD
    )


def test_who_is_asking_is_left_for_the_backend_to_refuse():
    frame = told(type="user_message", user_id="x", payload={"content": "What?", "tenant_id": "y"})
    assert (frame["user_id"], frame["payload"]["tenant_id"]) == ("x", "y")


@pytest.mark.parametrize(("kind", "part"), [("user_message", "payload"), ("chat_message", "data")])
def test_a_part_that_is_no_object_is_refused(kind, part):
    assert replied(json.dumps({"type": kind, part: "What?"}))["error_code"] == "FORMAT_ERROR"


def test_content_that_is_missing_is_left_for_the_backend_to_refuse():
    assert told(type="user_message")["payload"]["content"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "JSON_PARSE_ERROR"), ("[]", "FORMAT_ERROR"), ("{}", "FORMAT_ERROR"), ('{"type": 1}', "FORMAT_ERROR")],
)
def test_what_is_no_frame_is_answered_with_an_error(text, code):
    frame = replied(text)
    assert (frame["type"], frame["error_code"], frame["details"]) == ("error_message", code, {})
    assert frame["error_message"]
    assert isinstance(frame["timestamp"], float)


@pytest.mark.parametrize("kind", ["resume", "stop_agent", "hello"])
def test_an_unknown_type_is_acknowledged(kind):
    assert replied(json.dumps({"type": kind})) == {"type": "ack", "received_type": kind, "status": "acknowledged"}


def test_a_ping_goes_to_the_backend_and_a_pong_nowhere():
    assert told(type="ping", data={"timestamp": 1}) == {"type": "ping"}
    assert replied('{"type": "pong"}') is None
