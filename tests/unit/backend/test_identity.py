import base64
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from starlette.datastructures import Headers

from sut.backend.identity import require, selected_subprotocol, socket_token
from sut.common.errors import PlatformError
from sut.common.identity import Identity

TOKEN = "aaa.bbb.ccc"
OFFER = "jwt." + base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")


@pytest.mark.parametrize("offered", [["jwt-auth", OFFER], [OFFER, "jwt-auth"], [OFFER], ["other", OFFER]])
def test_token_among_the_subprotocols(offered: list[str]) -> None:
    assert socket_token(Headers({}), offered) == TOKEN


def test_header_goes_before_subprotocol() -> None:
    assert socket_token(Headers({"authorization": "Bearer xyz"}), [OFFER]) == "xyz"


@pytest.mark.parametrize("offered", [[], ["jwt-auth"], ["jwt.a"], ["jwt.ü"], ["jwt.////"]])
def test_no_token(offered: list[str]) -> None:
    with pytest.raises(PlatformError) as refused:
        socket_token(Headers({}), offered)
    assert refused.value.code == "UNAUTHENTICATED"


def test_token_is_not_echoed() -> None:
    assert selected_subprotocol([OFFER, "jwt-auth"]) == "jwt-auth"
    assert selected_subprotocol([OFFER]) is None
    assert selected_subprotocol([]) is None


def test_permission() -> None:
    identity = Identity(uuid4(), uuid4(), uuid4(), frozenset({"history"}), datetime.now(UTC))
    require(identity, "history")
    with pytest.raises(PlatformError) as refused:
        require(identity, "chat")
    assert refused.value.code == "FORBIDDEN"
