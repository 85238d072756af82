import json

import httpx
import pytest
from reference_frames import AT, AT_EPOCH, RESULT, RUN, THREAD, USER
from starlette.datastructures import Headers, QueryParams

from sut.common.errors import PlatformError
from sut.edge.netra_apex.auth_answers import not_valid, own_record, signed_in, token_pair, valid
from sut.edge.netra_apex.errors import auth_error, backend_error
from sut.edge.netra_apex.ids import NO_THREAD, inner_thread_id, outer_thread_id
from sut.edge.netra_apex.messages import message_object
from sut.edge.netra_apex.paging import MOST_PAGES, Page, read_list, wanted_page
from sut.edge.netra_apex.reference import Reference, error_of
from sut.edge.netra_apex.threads import thread_object

PAIR = {"access_token": "a.b.c", "refresh_token": "d.e.f", "token_type": "Bearer", "expires_in": 900}
USER_RECORD = {"id": USER, "email": "ada@example.com", "name": "Ada", "tenant_id": "t", "permissions": ["chat"]}
EXPIRES = {"exp": 1795250000}
EXPIRES_TEXT = "2026-11-21T08:33:20.000Z"
ERROR = PlatformError("RATE_LIMITED", "Wait.", 2, {"fields": ["x"]})


def test_who_signs_in_gets_a_pair_and_what_is_told_of_the_user():
    told = signed_in({**PAIR, "user": USER_RECORD}, "id", "email", "name")
    assert told == {**PAIR, "user": {"id": USER, "email": "ada@example.com", "name": "Ada"}}
    assert token_pair({**PAIR, "user": USER_RECORD}) == PAIR


def test_the_two_verdicts_on_a_token():
    assert valid(USER_RECORD, EXPIRES) == {
        "valid": True,
        "user_id": USER,
        "email": "ada@example.com",
        "permissions": ["chat"],
        "expires_at": EXPIRES_TEXT,
    }
    assert not_valid(PlatformError("TOKEN_EXPIRED", "It has expired.")) == {
        "valid": False,
        "error": "token_expired",
        "message": "It has expired.",
    }


@pytest.mark.parametrize(("sessions", "last"), [([{"created_at": AT}, {"created_at": "before"}], AT), ([], None)])
def test_the_own_record(sessions, last):
    assert own_record({**USER_RECORD, "created_at": AT}, sessions, EXPIRES) == {
        "user_id": USER,
        "email": "ada@example.com",
        "permissions": ["chat"],
        "name": "Ada",
        "created_at": AT,
        "last_login_at": last,
        "is_verified": None,
        "auth_provider": None,
        "token_expires_at": EXPIRES_TEXT,
    }


def test_errors_of_auth_are_a_detail():
    answer = auth_error(ERROR, {"Allow": "POST"})
    assert (answer.status_code, json.loads(answer.body)) == (429, {"detail": "Wait."})
    assert (answer.headers["retry-after"], answer.headers["allow"]) == ("2", "POST")


def test_errors_of_the_backend_are_an_object():
    answer = backend_error(ERROR)
    body = json.loads(answer.body)
    assert (len(body.pop("trace_id")), body.pop("timestamp")[-1]) == (32, "Z")
    assert body == {
        "error": True,
        "error_code": "RATE_LIMITED",
        "message": "Wait.",
        "user_message": "Wait.",
        "details": {"fields": ["x"], "status_code": 429},
    }
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")


def test_an_error_of_the_reference_is_read():
    body = json.dumps({"error": ERROR.as_dict("t")}).encode()
    told = error_of(429, body)
    assert (told.code, told.message, told.retry_after_s, told.details) == (
        "RATE_LIMITED",
        "Wait.",
        2,
        {"fields": ["x"]},
    )


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"error": {"code": "NEW", "message": "x"}}', b'{"error": 1}'])
def test_any_other_error_is_a_service_that_cannot_answer(body):
    assert error_of(500, body).code == "SERVICE_UNAVAILABLE"


def test_ids_of_threads_go_there_and_back():
    assert outer_thread_id(THREAD) == f"thread_{THREAD}"
    assert inner_thread_id(outer_thread_id(THREAD)) == THREAD


@pytest.mark.parametrize("outer", [THREAD, "thread_", "thread_..", "thread_x/../../admin/users", None, 7])
def test_what_is_no_id_of_a_thread_is_none(outer):
    assert inner_thread_id(outer) == NO_THREAD


@pytest.mark.parametrize(("archived", "status"), [(False, "active"), (True, "archived")])
def test_a_thread(archived, status):
    inner = {"id": THREAD, "title": "T", "archived": archived, "last_seq": 4, "created_at": AT, "updated_at": AT}
    told = thread_object(inner, USER, 2)
    assert told == {
        "id": f"thread_{THREAD}",
        "object": "thread",
        "title": "T",
        "created_at": int(AT_EPOCH),
        "updated_at": int(AT_EPOCH),
        "metadata": {"user_id": USER, "title": "T", "status": status},
        "message_count": 2,
    }
    assert "message_count" not in thread_object(inner, USER)


def test_a_message_keeps_its_figures():
    inner = {"id": "m", "role": "assistant", "content": "12.50", "created_at": AT, "seq": 3, "trace_id": "t"}
    told = message_object({**inner, "run_id": RUN, "reply_to": "q", "result": RESULT})
    assert told == {
        "id": "m",
        "role": "assistant",
        "content": "12.50",
        "created_at": int(AT_EPOCH),
        "metadata": {"run_id": RUN, "reply_to": "q", "result": RESULT},
    }
    assert message_object({**inner, "role": "user", "run_id": None})["metadata"] == {}


def test_limit_and_offset():
    assert wanted_page(QueryParams("")) == Page(50, 0)
    assert wanted_page(QueryParams("limit=2&offset=3")).of(list(range(9))) == [3, 4]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=99999", "offset=²"])
def test_a_page_that_does_not_exist_is_refused(query):
    with pytest.raises(PlatformError) as refused:
        wanted_page(QueryParams(query))
    assert refused.value.code == "INVALID_INPUT"


class Lists:
    """A reference with one long list, three items a page."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        start = request.url.params.get("cursor")
        self.asked.append(start)
        end = int(start or 0) + 3
        items = [{"n": n} for n in range(int(start or 0), min(end, self.count))]
        return httpx.Response(200, json={"items": items, "next_cursor": str(end) if end < self.count else None})


async def read(lists: Lists, most: int | None = None) -> list[int]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lists)) as http:
        items = await read_list(Reference(http, "http://behind"), "/api/threads", Headers(), most=most)
        return [item["n"] for item in items]


async def test_a_list_is_read_page_by_page_to_its_end_or_until_it_is_enough():
    assert await read(Lists(7)) == [0, 1, 2, 3, 4, 5, 6]
    enough = Lists(100)
    assert (await read(enough, most=4), enough.asked) == ([0, 1, 2, 3, 4, 5], [None, "3"])


async def test_a_list_without_end_is_refused():
    endless = Lists(3 * MOST_PAGES + 1)
    with pytest.raises(PlatformError) as refused:
        await read(endless)
    assert (refused.value.code, len(endless.asked)) == ("TOO_BIG", MOST_PAGES)


async def test_a_caller_is_named_by_its_token_only_and_the_trace_goes_on():
    seen: list[httpx.Request] = []

    def behind(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    headers = Headers({"authorization": "Bearer a.b.c", "cookie": "x=1", "user-agent": "me"})
    async with httpx.AsyncClient(transport=httpx.MockTransport(behind)) as http:
        await Reference(http, "http://behind").ask("POST", "/auth/logout", headers)
    told = seen[0].headers
    assert (told["authorization"], told["user-agent"], "cookie" in told) == ("Bearer a.b.c", "me", False)
    assert told["traceparent"].startswith("00-")


async def test_a_service_that_does_not_answer_is_unavailable():
    def behind(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(behind)) as http:
        with pytest.raises(PlatformError) as refused:
            await Reference(http, "http://behind").ask("GET", "/auth/me", Headers())
        assert (refused.value.status, await Reference(http, "http://behind").is_ready()) == (503, "unavailable")
