import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sut.common import trace
from sut.common.errors import PlatformError
from sut.common.health import health_routes
from sut.common.web import MAX_BODY_BYTES, bearer_token, json_body, platform_app

TRACE = "0af7651916cd43dd8448eb211c80319c"


async def echo(request: Request) -> Response:
    return JSONResponse({"body": await json_body(request), "trace_id": trace.current_trace_id()})


async def token(request: Request) -> Response:
    return JSONResponse(bearer_token(request.headers))


async def refuse(_request: Request) -> Response:
    raise PlatformError("RATE_LIMITED", "Slower, please.", retry_after_s=2.4, details={"bucket": 60})


async def fail(_request: Request) -> Response:
    raise ZeroDivisionError("inside knowledge")


@pytest.fixture
def app() -> Starlette:
    routes = [
        Route("/echo", echo, methods=["POST"]),
        Route("/token", token),
        Route("/refuse", refuse),
        Route("/fail", fail),
    ]
    app = platform_app([*health_routes({}, "the instance token"), *routes])
    app.state.ready = True
    return app


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://platform") as client:
        yield client


async def test_each_answer_has_ids_and_continues_the_trace(client: httpx.AsyncClient) -> None:
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    one = await client.post("/echo", json={"a": 1}, headers=headers)
    two = await client.post("/echo", json={"a": 1}, headers=headers)
    assert one.json() == {"body": {"a": 1}, "trace_id": TRACE}
    assert one.headers["x-trace-id"] == TRACE
    assert one.headers["x-request-id"] != two.headers["x-request-id"]


async def test_without_a_trace_each_request_starts_one(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/echo", json={}) for _ in range(2)]
    traces = {answer.headers["x-trace-id"] for answer in answers}
    assert traces == {answer.json()["trace_id"] for answer in answers}
    assert len(traces) == 2


async def test_an_error_has_the_one_form(client: httpx.AsyncClient) -> None:
    answer = await client.get("/refuse")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"  # a whole number of seconds that is not too early
    assert answer.json() == {
        "error": {
            "code": "RATE_LIMITED",
            "message": "Slower, please.",
            "trace_id": answer.headers["x-trace-id"],
            "retry_after_s": 2.4,
            "details": {"bucket": 60},
        }
    }


async def test_an_unknown_error_is_logged_and_tells_nothing(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/fail")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "INTERNAL")
    assert "inside knowledge" not in answer.text
    assert "x-request-id" in answer.headers
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


async def test_the_routers_own_refusals_have_the_one_form(client: httpx.AsyncClient) -> None:
    missing, wrong = await client.get("/missing"), await client.get("/echo")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert wrong.headers["allow"] == "POST"


async def test_a_body_that_is_too_big_is_refused(client: httpx.AsyncClient) -> None:
    fits = json.dumps({"a": ""})
    fits = json.dumps({"a": "x" * (MAX_BODY_BYTES - len(fits))})
    assert (await client.post("/echo", content=fits)).status_code == 200
    assert (await client.post("/echo", content=fits + " ")).status_code == 413


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic abc", "abc"])
async def test_a_request_without_a_token_is_told_what_is_missing(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.get("/token", headers={"Authorization": value})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_scheme_counts_in_any_case(client: httpx.AsyncClient) -> None:
    assert (await client.get("/token", headers={"Authorization": "bearer abc"})).json() == "abc"


async def test_until_the_start_is_done_only_health_answers(app: Starlette, client: httpx.AsyncClient) -> None:
    app.state.ready = False
    for path in ("/echo", "/missing", "/healthy"):
        answer = await client.post(path, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "NOT_READY")
        assert int(answer.headers["retry-after"]) >= 1
    live = await client.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "live", "instance_token": "the instance token"})
    assert (await client.get("/health/startup")).status_code == 503
    assert (await client.get("/health/ready")).status_code == 503
    app.state.ready = True
    assert (await client.get("/health/startup")).status_code == 200
    assert (await client.get("/health/ready")).status_code == 200
