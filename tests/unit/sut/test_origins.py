"""Which origins are allowed."""

import argparse

import pytest
from starlette.datastructures import Headers

from sut.common.errors import PlatformError
from sut.common.origins import check_origin, origin_list

ALLOWED = ("https://chat.example.com", "http://localhost:3000")


def test_list_of_origins() -> None:
    assert origin_list("https://chat.example.com, http://localhost:3000") == ALLOWED
    assert origin_list("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "null",
        "chat.example.com",
        "https://x/",
        "https://x/path",
        "ftp://x",
        "https://X",
        "https://u@x",
        "https://x:0",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        origin_list(f"https://good.example.com,{text}")


def test_client_that_is_no_page_passes() -> None:
    check_origin(Headers(), ALLOWED)
    check_origin(Headers(), ())


@pytest.mark.parametrize("origin", ["null", "", "https://chat.example.com.evil.com", "https://chat.example.com:444"])
def test_other_page_does_not(origin: str) -> None:
    with pytest.raises(PlatformError, match="ORIGIN_REFUSED"):
        check_origin(Headers({"Origin": origin}), ALLOWED)


def test_two_origins_are_none() -> None:
    twice = Headers(raw=[(b"origin", ALLOWED[0].encode()), (b"origin", ALLOWED[0].encode())])
    with pytest.raises(PlatformError, match="ORIGIN_REFUSED"):
        check_origin(twice, ALLOWED)
