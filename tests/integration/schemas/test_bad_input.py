"""Malformed input gets the documented error and changes nothing."""

import base64
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from checked import PASSWORD, QUESTION, Visitor, ask, end_of, seen

from goldenpath.clients.chat import ChatSocket
from goldenpath.schemas import Service, body_errors

# What a refused request may write: who tried what, and how often.
NOTES = {"audit_log", "login_failures"}
# Rows that say when something was last used.
COUNTED_ONLY = {"sessions", "refresh_tokens"}
DEEP = "[" * 20_000
NUL = r'"a\u0000b"'
HALF = r'"\ud800"'

NO_JSON = [
    "",
    "{",
    "{'a': 1}",
    '{"a": NaN}',
    '{"a": -Infinity}',
    f'{{"a": {DEEP}',
    '{"a": 1} {}',
    f'{{"a": {"9" * 5000}}}',
]
NO_OBJECT = ["[]", "null", '"text"', "7"]
UNSTORABLE = [f'{{"further": {NUL}}}', f'{{"deep": [{{"b": {HALF}}}]}}', '{"a\\u0000": 1}', '{"a": 1, "a": 2}']
POSTS: list[tuple[Service, str, str]] = [
    ("auth", "POST", "/auth/register"),
    ("auth", "POST", "/auth/login"),
    ("auth", "POST", "/auth/refresh"),
    ("auth", "POST", "/auth/service-token"),
    ("auth", "PATCH", "/auth/me"),
    ("backend", "POST", "/api/threads"),
    ("backend", "PATCH", "/api/threads/THREAD"),
    ("backend", "POST", "/api/threads/THREAD/messages"),
]
BODIES = (
    [(text, 400, "INVALID_JSON") for text in NO_JSON]
    + [(text, 422, "INVALID_INPUT") for text in (*NO_OBJECT, *UNSTORABLE)]
    + [(json.dumps({"further": "x" * 70_000}), 413, "TOO_BIG")]
)
EMAIL = '"email": "x@example.com"'
SECRET = '"password": "correct horse battery"'
FIELDS: list[tuple[Service, str, str, str]] = [
    *(
        ("auth", "POST", "/auth/register", body)
        for body in (
            "{}",
            f"{{{EMAIL}}}",
            f"{{{SECRET}}}",
            f'{{{SECRET}, "email": 7}}',
            f'{{{SECRET}, "email": "x"}}',
            f'{{{SECRET}, "email": {NUL}}}',
            f'{{{EMAIL}, "password": {NUL}}}',
            f'{{{EMAIL}, "password": "short"}}',
            f'{{{EMAIL}, "password": "{"x" * 1025}"}}',
            f'{{{EMAIL}, {SECRET}, "name": {NUL}}}',
            f'{{{EMAIL}, {SECRET}, "name": ["x"]}}',
            f'{{{EMAIL}, {SECRET}, "name": "{"x" * 201}"}}',
            f'{{{EMAIL}, {SECRET}, "tenant_id": "{uuid4()}"}}',
            f'{{{EMAIL}, {SECRET}, "roles": ["admin"]}}',
        )
    ),
    ("auth", "POST", "/auth/login", f'{{{EMAIL}, "password": {NUL}}}'),
    ("auth", "POST", "/auth/login", f'{{{EMAIL}, "password": null}}'),
    ("auth", "POST", "/auth/refresh", "{}"),
    ("auth", "POST", "/auth/refresh", f'{{"refresh_token": {NUL}}}'),
    ("auth", "POST", "/auth/refresh", '{"refresh_token": 7}'),
    ("auth", "POST", "/auth/logout", '{"all_devices": "yes"}'),
    ("auth", "PATCH", "/auth/me", '{"preferences": []}'),
    ("auth", "PATCH", "/auth/me", f'{{"preferences": {{"a": {NUL}}}}}'),
    ("auth", "PATCH", "/auth/me", '{"preferences": {"a": 1e999}}'),
    ("auth", "PATCH", "/auth/me", '{"permissions": ["admin"]}'),
    ("backend", "POST", "/api/threads", f'{{"title": {NUL}}}'),
    ("backend", "POST", "/api/threads", '{"title": 7}'),
    ("backend", "POST", "/api/threads", f'{{"title": "{"x" * 201}"}}'),
    ("backend", "POST", "/api/threads", f'{{"user_id": "{uuid4()}"}}'),
    ("backend", "PATCH", "/api/threads/THREAD", '{"title": null}'),
    ("backend", "PATCH", "/api/threads/THREAD", '{"archived": "true"}'),
    ("backend", "PATCH", "/api/threads/THREAD", '{"archived": 1}'),
    *(
        ("backend", "POST", "/api/threads/THREAD/messages", body)
        for body in (
            "{}",
            '{"content": "How much?"}',
            '{"content": "", "client_message_id": "c"}',
            '{"content": " \\n", "client_message_id": "c"}',
            '{"content": 7, "client_message_id": "c"}',
            f'{{"content": {NUL}, "client_message_id": "c"}}',
            f'{{"content": "How much?", "client_message_id": {NUL}}}',
            f'{{"content": "How much?", "client_message_id": "{"x" * 129}"}}',
            '{"content": "How much?", "client_message_id": 7}',
            '{"content": "How much?", "client_message_id": "c", "traceparent": 7}',
            f'{{"content": "How much?", "client_message_id": "c", "user_id": "{uuid4()}"}}',
        )
    ),
]


def coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


CURSORS = ["", "!", "MA", "é", coded("x"), coded("-1"), coded("1e3"), coded("9" * 30), coded("\0"), "MA==\0", "M!A=="]
QUERIES = [
    *(f"/api/threads?limit={limit}" for limit in ("0", "101", "-1", "1e1", "x", "", "%00", "%EF%BC%91")),
    *("/api/threads?archived=1", "/api/threads?archived=", "/api/runs?state=ended", "/api/runs?state=%00"),
    *(f"/api/runs/RUN/events?after_seq={seq}" for seq in ("-1", "1.5", "x", "", "9" * 30, "%00")),
    *("/api/messages/search", "/api/messages/search?q=", "/api/messages/search?q=a%00b"),
    *("/api/messages/search?q=a&role=admin", "/api/messages/search?q=a&from=yesterday"),
    "/api/messages/search?q=a&to=2026-01-01T00:00:00",
    *(
        f"/api/{path}cursor={quote(cursor)}"
        for path in ("threads/THREAD/messages?", "runs/RUN/events?", "threads?", "runs?", "messages/search?q=a&")
        for cursor in CURSORS
    ),
]
IDS = ["x", "7", "0" * 31, "%00", "..", "%E2%80%AE", f"{uuid4()}", f"{uuid4()}%00", "%7B%7D", "'--"]
TOKENS = ["", "Bearer", "Basic eDp5", "bearer x", "Bearer a b", "Bearer a.b.c", f"Bearer {'x' * 9000}", "Bearer é"]


@pytest.fixture
async def rude(ada: Visitor) -> AsyncIterator[tuple[Visitor, dict[str, str]]]:
    """A user with a thread and a finished run, and their ids."""
    ada.polite = False
    chat = await ada.chat()
    ack = await ask(chat)
    await end_of(chat, ack)
    before = await fingerprint(ada)
    yield ada, {"THREAD": str(ack.thread_id), "RUN": str(ack.run_id)}
    assert await fingerprint(ada) == before
    assert ada.platform.error_lines() == []


async def fingerprint(ada: Visitor) -> dict[str, Any]:
    """Sum up every table: how many rows it has, and what they hold."""
    tables = await ada.postgres.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    names = [row["tablename"] for row in tables if row["tablename"] not in NOTES]
    assert {"users", "threads", "messages", "runs", "run_events"} <= set(names)
    return {
        name: await ada.postgres.fetch(
            f"SELECT count(*), {'NULL' if name in COUNTED_ONLY else content} AS content FROM {name} t"
        )
        for name in names
        for content in ("md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))",)
    }


class Raw:
    """Sends what no client would."""

    def __init__(self, ada: Visitor, ids: dict[str, str]) -> None:
        self._ada, self._ids = ada, ids
        self._http = httpx.AsyncClient(trust_env=False, timeout=10)

    async def __aenter__(self) -> "Raw":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def refusal(self, service: Service, method: str, path: str, **request: Any) -> tuple[int, str]:
        for name, value in self._ids.items():
            path = path.replace(name, value)
        headers = {"Authorization": f"Bearer {self._ada.token}", **request.pop("headers", {})}
        url = self._ada.auth.base_url if service == "auth" else self._ada.backend.base_url
        answer = await self._http.request(method, url + path, headers=headers, **request)
        body = answer.json() if answer.content else ""
        wrongs = body_errors(service, method, httpx.URL(url + path).path, answer.status_code, body, answer.headers)
        assert wrongs == [], (path, answer.text)
        return answer.status_code, body["error"]["code"] if answer.status_code >= 400 else ""


async def test_bodies_that_are_no_clean_objects(rude: tuple[Visitor, dict[str, str]]) -> None:
    async with Raw(*rude) as raw:
        for service, method, path in POSTS:
            for text, *expected in BODIES:
                told = await raw.refusal(service, method, path, content=text.encode())
                assert told == tuple(expected), (path, text[:80])
            told = await raw.refusal(service, method, path, content=b'{"a": "\xff"}')
            assert told == (400, "INVALID_JSON"), path


async def test_fields_that_are_missing_or_of_the_wrong_form(rude: tuple[Visitor, dict[str, str]]) -> None:
    async with Raw(*rude) as raw:
        for service, method, path, text in FIELDS:
            told = await raw.refusal(service, method, path, content=text.encode())
            assert told == (422, "INVALID_INPUT"), (path, text[:200])


async def test_queries_out_of_range_and_made_up_cursors(rude: tuple[Visitor, dict[str, str]]) -> None:
    async with Raw(*rude) as raw:
        for path in QUERIES:
            assert await raw.refusal("backend", "GET", path) == (422, "INVALID_INPUT"), path


async def test_ids_that_name_nothing(rude: tuple[Visitor, dict[str, str]]) -> None:
    async with Raw(*rude) as raw:
        for wrong in IDS:
            for method, path in (
                ("GET", "/api/threads/{}"),
                ("DELETE", "/api/threads/{}"),
                ("GET", "/api/threads/{}/messages"),
                ("GET", "/api/runs/{}"),
                ("GET", "/api/runs/{}/events"),
                ("POST", "/api/runs/{}/stop"),
            ):
                if wrong == ".." and path.endswith("{}"):
                    continue  # the client itself makes /api/ of it
                told = await raw.refusal("backend", method, path.format(wrong))
                assert told == (404, "NOT_FOUND"), (method, path, wrong)
            if wrong != "..":
                assert await raw.refusal("auth", "DELETE", f"/auth/sessions/{wrong}") == (404, "NOT_FOUND"), wrong
            question = {"content": "How much?", "client_message_id": "c"}
            if wrong != "..":
                told = await raw.refusal("backend", "POST", f"/api/threads/{wrong}/messages", json=question)
                assert told == (404, "NOT_FOUND"), wrong


async def test_headers_that_are_no_token_and_no_trace(rude: tuple[Visitor, dict[str, str]]) -> None:
    async with Raw(*rude) as raw:
        for header in TOKENS:
            for service, path in (("auth", "/auth/me"), ("backend", "/api/threads"), ("backend", "/api/nothing")):
                sent = {"Authorization": header.encode()}
                told = await raw.refusal(service, "GET", path, headers=sent)  # type: ignore[arg-type]
                assert told == (401, "UNAUTHENTICATED"), (path, header[:80])
        for trace in ("", "00", "00-0-0-00", f"00-{'0' * 32}-{'0' * 16}-01", "x" * 5000, "é"):
            sent = {"traceparent": trace.encode()}
            assert await raw.refusal("backend", "GET", "/api/threads", headers=sent) == (200, "")


A_QUESTION = '"content": "x", "client_message_id": "c"'
FRAMES: list[tuple[str, str]] = [
    *((text, "INVALID_JSON") for text in NO_JSON),
    *((text, "INVALID_INPUT") for text in (*NO_OBJECT, *UNSTORABLE)),
    *(
        (text, "INVALID_INPUT")
        for text in (
            "{}",
            '{"type": 7}',
            '{"type": ""}',
            '{"type": "ping", "ref": 7}',
            '{"type": "ping", "payload": []}',
            f'{{"type": "ping", "ref": "{"x" * 65}"}}',
            f'{{"type": "ping", "user_id": "{uuid4()}"}}',
            f'{{"type": "ping", "payload": {{"tenant_id": "{uuid4()}"}}}}',
            '{"type": "user_message"}',
            '{"type": "user_message", "payload": {"content": "How much?"}}',
            '{"type": "user_message", "payload": {"content": " ", "client_message_id": "c"}}',
            '{"type": "user_message", "payload": {"content": ["x"], "client_message_id": "c"}}',
            f'{{"type": "user_message", "payload": {{"content": {NUL}, "client_message_id": "c"}}}}',
            f'{{"type": "user_message", "payload": {{"content": "x", "client_message_id": {NUL}}}}}',
            f'{{"type": "user_message", "payload": {{"content": "x", "client_message_id": "{"x" * 129}"}}}}',
            '{"type": "user_message", "payload": {"content": "x", "client_message_id": "c", "traceparent": 7}}',
            '{"type": "chat_message", "data": {"content": null}}',
            '{"type": "resume", "payload": {"thread_id": "THREAD"}}',
            *(
                f'{{"type": "resume", "payload": {{"thread_id": "THREAD", "after_seq": {seq}}}}}'
                for seq in ("-1", "1.5", "true", '"1"', "null", "1e999")
            ),
        )
    ),
    ('{"type": "dance"}', "UNKNOWN_TYPE"),
    ('{"type": "USER_MESSAGE"}', "UNKNOWN_TYPE"),
    ('{"type": "stop_agent"}', "NOT_FOUND"),
    ('{"type": "stop_agent", "payload": {"run_id": 7}}', "NOT_FOUND"),
    ('{"type": "stop_agent", "payload": {"run_id": "RUN"}}', "RUN_ENDED"),
    ('{"type": "resume", "payload": {"after_seq": 0}}', "NOT_FOUND"),
    (f'{{"type": "resume", "payload": {{"thread_id": "{uuid4()}", "after_seq": 0}}}}', "NOT_FOUND"),
    ('{"type": "resume", "payload": {"thread_id": "THREAD", "after_seq": 999999}}', "INVALID_SEQ"),
    (f'{{"type": "resume", "payload": {{"thread_id": "THREAD", "after_seq": {"9" * 40}}}}}', "INVALID_SEQ"),
    *(
        (f'{{"type": "user_message", "payload": {{{A_QUESTION}, "thread_id": {thread}}}}}', "NOT_FOUND")
        for thread in ('"x"', "7", "[]", f'"{uuid4()}"')
    ),
]


async def test_frames_that_are_wrong_leave_the_socket_open(rude: tuple[Visitor, dict[str, str]]) -> None:
    ada, ids = rude
    chat = await ada.chat()
    await seen(chat, "connection_established")
    for template, code in FRAMES:
        text = template.replace("THREAD", ids["THREAD"]).replace("RUN", ids["RUN"])
        assert await error_code(chat, text) == code, text[:200]
    await chat.send({"type": "ping", "ref": "still here"})
    await seen(chat, "pong", ref="still here")


async def error_code(chat: ChatSocket, text: str) -> str:
    since = len(chat.channel.frames)
    await chat.send_text(text)
    error = await seen(chat, "error", since)
    return str(error.data["error"]["code"])


async def test_a_mark_is_echoed_with_the_error(rude: tuple[Visitor, dict[str, str]]) -> None:
    ada, _ = rude
    chat = await ada.chat()
    await chat.send_text('{"type": "user_message", "ref": "m1", "payload": {"content": ""}}')
    assert (await seen(chat, "error", ref="m1")).data["error"]["code"] == "INVALID_INPUT"


async def test_a_thread_goes_on_after_a_nul(ada: Visitor) -> None:
    ada.polite = False
    chat = await ada.chat()
    first = await ask(chat)
    await end_of(chat, first)
    payload = {"content": "a\0b", "client_message_id": secrets.token_hex(8), "thread_id": first.thread_id}
    assert await error_code(chat, json.dumps({"type": "user_message", "payload": payload})) == "INVALID_INPUT"
    assert (await end_of(chat, await ask(chat, QUESTION, thread_id=first.thread_id))).type == "agent_completed"


async def test_the_password_of_these_tests_is_a_good_one(ada: Visitor) -> None:
    (await ada.auth.login(ada.email, PASSWORD)).expect(200)
