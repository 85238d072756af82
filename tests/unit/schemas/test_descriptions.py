"""The descriptions hold together, and say what the code says: routes, types of frames, codes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import BaseRoute, Route, WebSocketRoute

from goldenpath.schemas import (
    COMPONENTS_FILE,
    SCHEMAS,
    SERVICE_FILES,
    SOCKET_FILE,
    Service,
    body_errors,
    document,
    error_codes,
    frame_types,
)
from sut.auth import app as auth_app
from sut.auth.settings import read_settings as read_auth_settings
from sut.backend import app as backend_app
from sut.backend.settings import read_settings as read_backend_settings
from sut.common.errors import ERROR_CODES

FILES = sorted(path.name for path in SCHEMAS.glob("*.json"))
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SETTINGS = {
    "GP_POSTGRES_URL": "postgresql://nobody@127.0.0.1:9/none",
    "GP_REDIS_URL": "redis://127.0.0.1:9/0",
    "GP_JWT_SECRET": "a secret for tokens of these tests only",
    "GP_SERVICE_SECRET": "a secret for services of these tests only",
}
CLIENT_FRAMES = re.compile(r'"(\w+)": Handler\(')


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(service: Service) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, methods in document(SERVICE_FILES[service])["paths"].items()
        for method in methods
    }


def offered(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or ())
        if method != "HEAD"
    }


@pytest.mark.parametrize("name", FILES)
def test_every_reference_leads_somewhere(name: str) -> None:
    found = set(references(document(name)))
    for reference in found:
        file, _, pointer = reference.partition("#")
        node: Any = document(file or name)
        for part in filter(None, pointer.split("/")):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        assert node is not None
    assert found or name == "errors.json"


def test_table_of_codes_is_the_one_of_the_code() -> None:
    assert {code: entry["status"] for code, entry in error_codes().items()} == ERROR_CODES


def test_each_status_has_its_codes_of_the_table() -> None:
    described = {
        int(name.removeprefix("Error")): set(schema["properties"]["error"]["allOf"][1]["properties"]["code"]["enum"])
        for name, schema in document(COMPONENTS_FILE)["schemas"].items()
        if re.fullmatch(r"Error\d{3}", name)
    }
    told = {
        status: {code for code, entry in error_codes().items() if _over_http(entry, status)} for status in described
    }
    assert described == told


def _over_http(entry: dict[str, Any], status: int) -> bool:
    return entry["status"] == status and "http" in entry["where"]


async def test_every_route_of_the_auth_service_is_described_and_no_other() -> None:
    service = await auth_app.build(read_auth_settings([], SETTINGS))
    assert operations("auth") == offered(service.app.routes)


async def test_every_route_of_the_backend_is_described_and_no_other() -> None:
    service = await backend_app.build(read_backend_settings([], SETTINGS))
    sockets = {route.path for route in service.app.routes if isinstance(route, WebSocketRoute)}
    assert operations("backend") == offered(service.app.routes) | {("GET", path) for path in sockets}
    assert {channel["address"] for channel in document(SOCKET_FILE)["channels"].values()} == sockets


def test_every_client_frame_that_is_handled_is_described() -> None:
    source = Path(backend_app.__file__).with_name("handlers.py").read_text(encoding="utf-8")
    assert set(CLIENT_FRAMES.findall(source)) == frame_types("hear").keys()


def test_messages_of_the_socket_stand_in_every_channel() -> None:
    described = document(SOCKET_FILE)
    names = set(described["components"]["messages"])
    assert all(set(channel["messages"]) == names for channel in described["channels"].values())
    told = {
        reference["$ref"].rpartition("/")[2]
        for operation in described["operations"].values()
        for reference in operation["messages"]
    }
    assert told == names == set(described["components"]["schemas"])


@pytest.mark.parametrize("service", ["auth", "backend"])
def test_operations_have_unique_ids_and_every_answer_its_ids(service: Service) -> None:
    described = document(SERVICE_FILES[service])
    every = [operation for methods in described["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in every}) == len(every)
    for operation in every:
        for status, answer in operation["responses"].items():
            if status == "101":
                continue
            headers = answer.get("headers", {"X-Request-Id", "X-Trace-Id"} if "$ref" in answer else {})
            assert {"X-Request-Id", "X-Trace-Id"} <= set(headers), operation["operationId"]


@pytest.mark.parametrize("service", ["auth", "backend"])
def test_every_described_answer_can_be_checked(service: Service) -> None:
    for path, methods in document(SERVICE_FILES[service])["paths"].items():
        for method, operation in methods.items():
            for status in operation["responses"]:
                faults = body_errors(service, method, path, int(status), 7, {})
                assert faults, (method, path, status)


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No.", "trace_id": TRACE}}


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "fault"),
    [
        ("GET", "/api/threads", 200, {"items": [], "next_cursor": None}, None),
        ("GET", "/api/threads?limit=3", 200, {"items": [{}], "next_cursor": None}, "items/0"),
        ("GET", "/api/threads", 200, {"items": []}, "next_cursor"),
        ("GET", "/api/threads/7", 404, error("NOT_FOUND"), None),
        ("GET", "/api/threads/7", 404, error("FORBIDDEN"), "error/code"),
        ("GET", "/api/threads/7", 404, {"detail": "Not Found"}, "error"),
        ("GET", "/api/threads/7", 418, {}, "418"),
        ("DELETE", "/api/threads/7", 204, "", None),
        ("DELETE", "/api/threads/7", 204, "gone", "there is a body"),
        ("PUT", "/api/threads/7", 405, error("METHOD_NOT_ALLOWED"), None),
        ("PUT", "/api/threads/7", 200, {}, "not described"),
        ("GET", "/api/nothing", 401, error("UNAUTHENTICATED"), None),
        ("GET", "/api/nothing", 200, {}, "not described"),
        ("GET", "/metrics", 200, "gp_contexts 0\n", None),
    ],
)
def test_bodies_are_checked_by_method_path_and_status(
    method: str, path: str, status: int, body: Any, fault: str | None
) -> None:
    wrongs = body_errors("backend", method, path, status, body)
    assert wrongs == [] if fault is None else any(fault in wrong for wrong in wrongs)


def test_headers_are_checked_when_they_are_given() -> None:
    ids = {"x-request-id": "019a9d3c-6f5e-7c3a-9d2e-2f4b8f1c0a55", "x-trace-id": TRACE}
    good = {**ids, "content-type": "application/json", "retry-after": "1"}
    for spoiled in ({"retry-after": "soon"}, {"x-trace-id": "7"}, {"content-type": "text/html"}):
        assert body_errors("backend", "GET", "/api/threads", 429, error("RATE_LIMITED"), {**good, **spoiled})
    assert body_errors("backend", "GET", "/api/threads", 429, error("RATE_LIMITED"), ids) != []
    assert body_errors("backend", "GET", "/api/threads", 429, error("RATE_LIMITED"), good) == []


def test_what_is_wrong_never_tells_a_token() -> None:
    wrongs = body_errors("auth", "POST", "/auth/refresh", 200, {"access_token": ["s3cret"], "refresh_token": "s3cret"})
    assert wrongs != []
    assert "s3cret" not in json.dumps(wrongs)
