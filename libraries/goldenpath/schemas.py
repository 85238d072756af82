"""Checks frames, bodies and headers against the descriptions of the interface in `resources/schemas`."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from goldenpath.project import RESOURCES

if TYPE_CHECKING:
    import jsonschema_rs

Service = Literal["auth", "backend"]

SCHEMAS = RESOURCES / "schemas"
ERRORS_FILE = "errors.json"
COMPONENTS_FILE = "components.json"
SOCKET_FILE = "socket.asyncapi.json"
SERVICE_FILES: dict[Service, str] = {"auth": "auth.openapi.json", "backend": "backend.openapi.json"}

# Only a name to resolve references by: nothing is ever fetched from there.
_BASE = "https://golden-path.invalid/schemas/"
_LONGEST_TOLD = 300
# What a path or method that is not described may be answered with.
_UNKNOWN_PATH = (401, 404, 503)
_UNKNOWN_METHOD = (401, 405, 503)


@cache
def document(name: str) -> dict[str, Any]:
    """Read one of the descriptions.

    Args:
        name: A file of `resources/schemas`.

    Returns:
        Its JSON; do not change it.
    """
    read: dict[str, Any] = json.loads(Path(SCHEMAS, name).read_text(encoding="utf-8"))
    return read


def frame_errors(body: Mapping[str, Any]) -> list[str]:
    """Check a frame that the platform sent.

    Args:
        body: The frame.

    Returns:
        What is wrong with it, one sentence each; empty when it is as described.
    """
    return _errors_of_frame(body, "tell")


def client_frame_errors(body: Mapping[str, Any]) -> list[str]:
    """Check a frame that a client is about to send.

    Args:
        body: The frame.

    Returns:
        What is wrong with it, one sentence each; empty when it is as described.
    """
    return _errors_of_frame(body, "hear")


def frame_types(operation: Literal["tell", "hear"]) -> dict[str, str]:
    """List the described types of frames.

    Args:
        operation: ``tell``: what the platform sends; ``hear``: what clients send.

    Returns:
        By type: the name of its schema in the description.
    """
    described = document(SOCKET_FILE)
    names = [reference["$ref"].rpartition("/")[2] for reference in described["operations"][operation]["messages"]]
    return {described["components"]["messages"][name]["name"]: name for name in names}


def body_errors(
    service: Service, method: str, path: str, status: int, body: Any, headers: Mapping[str, str] | None = None
) -> list[str]:
    """Check an answer over HTTP: status, body, and the headers when they are given.

    Args:
        service: Who answered.
        method: The request's method.
        path: The request's path; a query is left aside.
        status: The answer's status.
        body: JSON where it is JSON, else text; ``None`` and the empty text mean that there is none.
        headers: The answer's headers, names in any case.

    Returns:
        What is wrong with it, one sentence each; no values of the auth service's bodies, which hold tokens.
    """
    described = _described_answer(service, method.lower(), path.partition("?")[0], status)
    if isinstance(described, str):
        return [described]
    uri, answer = described
    wrongs = list(_header_errors(answer, headers)) if headers is not None else []
    schema = next(iter(answer.get("content", {})), None)
    if schema is None:
        return wrongs if body in (None, "") else [*wrongs, "there is a body, and there should be none"]
    validator = _validator(f"{uri}/content/{_escaped(schema)}/schema", masked=service == "auth")
    return wrongs + list(_errors(validator, body))


def error_codes() -> dict[str, dict[str, Any]]:
    """Read the table of error codes.

    Returns:
        By code: ``status`` (as an HTTP answer), ``where`` (``http``, ``socket``, ``run``), ``description``.
    """
    return {
        entry["const"]: {
            "status": entry["x-status"],
            "where": entry["x-where"],
            "description": entry["description"],
        }
        for entry in document(ERRORS_FILE)["oneOf"]
    }


def _errors_of_frame(body: Mapping[str, Any], operation: Literal["tell", "hear"]) -> list[str]:
    validators = _frame_validators(operation)
    kind = body.get("type")
    validator = validators.get(kind) if isinstance(kind, str) else None
    if validator is None:
        return [f"there is no frame of type {kind!r}; there are {', '.join(validators)}"]
    if validator.is_valid(body):
        return []
    return list(_errors(validator, body))


@cache
def _frame_validators(operation: Literal["tell", "hear"]) -> dict[str, "jsonschema_rs.Draft202012Validator"]:
    return {
        kind: _validator(f"{_BASE}{SOCKET_FILE}#/components/schemas/{name}")
        for kind, name in frame_types(operation).items()
    }


def _described_answer(service: Service, method: str, path: str, status: int) -> tuple[str, dict[str, Any]] | str:
    """Find the description of an answer, with its address; a sentence when there is none."""
    file = SERVICE_FILES[service]
    template = next((template for template, pattern in _paths(file) if pattern.fullmatch(path)), None)
    methods = document(file)["paths"][template] if template is not None else {}
    if method in methods:
        answers = methods[method]["responses"]
        if str(status) not in answers:
            documented = ", ".join(answers)
            return f"{method.upper()} {template} is not described to answer {status}; it answers {documented}"
        pointer = f"#/paths/{_escaped(str(template))}/{method}/responses/{status}"
        return _followed(file, answers[str(status)], pointer)
    if status in (_UNKNOWN_METHOD if methods else _UNKNOWN_PATH):
        return _followed(file, {"$ref": f"{COMPONENTS_FILE}#/responses/Error{status}"}, "")
    return f"{method.upper()} {path} is not described, and was answered {status}"


@cache
def _paths(file: str) -> list[tuple[str, re.Pattern[str]]]:
    """The described paths; those without parameters come first, as ``/x/search`` goes before ``/x/{id}``."""
    templates = sorted(document(file)["paths"], key=lambda template: template.count("{"))
    return [(template, re.compile(re.sub(r"\\{.*?\\}", "[^/]+", re.escape(template)))) for template in templates]


def _followed(file: str, node: dict[str, Any], pointer: str) -> tuple[str, dict[str, Any]]:
    """Go where a node refers to; a node that refers to nothing stays."""
    if "$ref" not in node:
        return f"{_BASE}{file}{pointer}", node
    name, _, place = node["$ref"].partition("#")
    found: Any = document(name or file)
    for part in place.strip("/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return f"{_BASE}{name or file}#{place}", found


def _header_errors(answer: dict[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    given = {name.lower(): value for name, value in headers.items()}
    for name, node in answer.get("headers", {}).items():
        uri, header = _followed(COMPONENTS_FILE, node, "")
        value = given.get(name.lower())
        if value is None:
            if header["required"]:
                yield f"the header {name} is missing"
            continue
        typed: Any = int(value) if header["schema"].get("type") == "integer" and value.isdecimal() else value
        for wrong in _errors(_validator(f"{uri}/schema"), typed):
            yield f"header {name}: {wrong}"
    for media_type in answer.get("content", {}):
        told = given.get("content-type", "")
        if told.partition(";")[0].strip().lower() != media_type:
            yield f"the content type is {told or 'not told'} and not {media_type}"


@cache
def _registry() -> "jsonschema_rs.Registry":
    import jsonschema_rs  # noqa: PLC0415 - a run that checks no schema does not load it

    resources = [(f"{_BASE}{path.name}", document(path.name)) for path in sorted(SCHEMAS.glob("*.json"))]
    return jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)


@cache
def _validator(uri: str, masked: bool = False) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs  # noqa: PLC0415 - a run that checks no schema does not load it

    return jsonschema_rs.Draft202012Validator(
        {"$ref": uri}, registry=_registry(), validate_formats=True, mask="a value" if masked else None
    )


def _errors(validator: "jsonschema_rs.Draft202012Validator", body: Any) -> Iterator[str]:
    for error in validator.iter_errors(body):
        place = "/".join(map(str, error.instance_path))
        told = error.message if len(error.message) <= _LONGEST_TOLD else f"{error.message[:_LONGEST_TOLD]} …"
        yield f"{place}: {told}" if place else told


def _escaped(name: str) -> str:
    """Write a key as a part of a JSON pointer in an address (RFC 6901 sections 3 and 6)."""
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
