import pytest

from sut.common.errors import PlatformError
from sut.common.jsontext import parse_object, refuse_identity, text_field


def code_of(raw: str | bytes) -> str:
    with pytest.raises(PlatformError) as refused:
        parse_object(raw)
    return refused.value.code


def test_an_object_is_read_unchanged() -> None:
    assert parse_object('{"a": "ä 😀\\n", "b": [1, {"c": null}]}'.encode()) == {"a": "ä 😀\n", "b": [1, {"c": None}]}


@pytest.mark.parametrize("raw", ["", "{", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}', b'{"a": "\xff"}', "[" * 200_000])
def test_what_is_no_json_is_refused(raw: str | bytes) -> None:
    assert code_of(raw) == "INVALID_JSON"


@pytest.mark.parametrize("raw", ["[]", '"text"', "1", "null"])
def test_what_is_no_object_is_refused(raw: str) -> None:
    assert code_of(raw) == "INVALID_INPUT"


@pytest.mark.parametrize("raw", ['{"a": 1, "a": 1}', '{"b": [{"a": 1, "b": 2, "a": 3}]}', r'{"a": 1, "\u0061": 2}'])
def test_a_field_that_stands_twice_is_refused_wherever_it_stands(raw: str) -> None:
    assert code_of(raw) == "INVALID_INPUT"


@pytest.mark.parametrize("bad", [r"\u0000", r"\ud800", r"ok \udc00 ok"])
@pytest.mark.parametrize("raw", ['{"a": "%s"}', '{"%s": 1}', '{"a": [{"b": ["%s"]}]}'])
def test_text_that_cannot_be_stored_is_refused_wherever_it_stands(raw: str, bad: str) -> None:
    assert code_of(raw % bad) == "INVALID_INPUT"


@pytest.mark.parametrize("name", ["user_id", "tenant_id", "roles", "permissions"])
def test_a_body_does_not_say_who_is_asking(name: str) -> None:
    with pytest.raises(PlatformError, match="INVALID_INPUT") as refused:
        refuse_identity({name: "x", "content": "y"})
    assert refused.value.details == {"fields": [name]}
    refuse_identity({"content": "y"})


def test_a_text_field_must_be_there_be_text_and_fit() -> None:
    assert text_field({"a": "x"}, "a") == "x"
    assert text_field({}, "a", default="d") == "d"
    for body in ({}, {"a": None}, {"a": 1}, {"a": "xxxx"}):
        with pytest.raises(PlatformError, match="INVALID_INPUT"):
            text_field(body, "a", max_length=3)
