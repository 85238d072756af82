"""What is said about answers, and what is never said."""

import pytest

from goldenpath.clients.address import named
from goldenpath.clients.answers import parsed, told, without_secrets
from goldenpath.errors import UsageError

JSON = {"content-type": "application/json"}


def test_bodies_are_json_only_where_they_are() -> None:
    assert parsed(b'{"a":1}', JSON) == {"a": 1}
    assert parsed(b'{"a":1}', {"content-type": "text/plain"}) == '{"a":1}'
    assert parsed(b"{broken", JSON) == "{broken"
    assert parsed(b"", {}) == ""
    assert parsed(b"\xff", {}) == "\ufffd"


def test_an_error_of_the_platform_is_told_in_its_words() -> None:
    body = {"error": {"code": "INVALID_CREDENTIALS", "message": "Wrong password", "trace_id": "7"}}
    assert told(401, body) == "401 INVALID_CREDENTIALS: Wrong password"


@pytest.mark.parametrize(
    "name", ["password", "new_password", "access_token", "refreshToken", "Authorization", "client_secret", "Set-Cookie"]
)
def test_secrets_are_blotted_out_by_their_names_at_any_depth(name: str) -> None:
    body = {"items": [{"user": {name: "hunter2"}}], name: ["hunter2"]}
    assert "hunter2" not in told(200, body)
    assert body[name] == ["hunter2"]


def test_numbers_that_only_sound_secret_stay() -> None:
    assert without_secrets({"input_tokens": 12, "token": None}) == {"input_tokens": 12, "token": None}


def test_a_long_body_is_cut() -> None:
    assert len(told(500, "x" * 10_000)) < 500


def test_a_server_is_named_without_its_password() -> None:
    assert named("PostgreSQL", "postgresql://me:hunter2@db:5433/gp", 5432) == "PostgreSQL at db:5433/gp"
    assert named("Redis", "redis://:hunter2@db", 6379) == "Redis at db:6379"


def test_an_address_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(UsageError, match="percent-encoded") as failed:
        named("PostgreSQL", "postgresql://me:hunter2/x@db:5433/gp", 5432)
    assert "hunter2" not in str(failed.value)
    assert failed.value.__suppress_context__
