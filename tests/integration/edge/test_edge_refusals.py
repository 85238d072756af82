"""Who may not open a socket gets 101, a frame that says why, and 1008."""

import base64
from uuid import UUID

import jwt
import pytest
from edge_user import Person, open_chat

from sut.common.tokens import TokenIssuer


def in_header(token: str) -> dict:
    return {"additional_headers": {"Authorization": f"Bearer {token}"}}


def in_subprotocol(token: str) -> dict:
    encoded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    return {"subprotocols": ["jwt-auth", f"jwt.{encoded}"]}


CARRIERS = pytest.mark.parametrize("carry", [in_header, in_subprotocol])


def with_life(person: Person, seconds: int) -> str:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    issuer = TokenIssuer(person.platform.processes["auth"].order.env["GP_JWT_SECRET"], access_ttl_s=seconds)
    return issuer.access(*(UUID(claims[name]) for name in ("sub", "tid", "sid")), claims["permissions"]).text


async def refused(person: Person, **options) -> tuple[str, int]:
    chat = await open_chat(person.platform, **options)
    code, reason = await chat.closed()
    (frame,) = chat.frames
    assert (frame["type"], frame["details"], type(frame["timestamp"])) == ("error_message", {}, float)
    assert frame["error_message"]
    assert reason == frame["error_code"]
    return frame["error_code"], code


@CARRIERS
async def test_a_good_token_is_let_in(ada, carry):
    options = {"additional_headers": None, **carry(with_life(ada, 60))}
    chat = await ada.chat(**options)
    assert chat.socket.subprotocol == ("jwt-auth" if carry is in_subprotocol else None)


@CARRIERS
async def test_an_expired_token(ada, carry):
    assert await refused(ada, **carry(with_life(ada, -1))) == ("TOKEN_EXPIRED", 1008)


@CARRIERS
async def test_a_forged_token(ada, carry):
    forged = ada.token[:-6] + "AAAAAA"
    assert await refused(ada, **carry(forged)) == ("VALIDATION_FAILED", 1008)


@CARRIERS
async def test_a_token_whose_session_has_ended(ada, carry):
    await ada.got("POST", "/auth/logout")
    assert await refused(ada, **carry(ada.token)) == ("VALIDATION_FAILED", 1008)


@CARRIERS
async def test_what_is_no_token_at_all(ada, carry):
    assert await refused(ada, **carry("nonsense")) == ("INVALID_FORMAT", 1008)


async def test_no_token(ada):
    assert await refused(ada) == ("NO_TOKEN", 1008)
    assert await refused(ada, subprotocols=["jwt-auth"]) == ("NO_TOKEN", 1008)


async def test_a_token_in_the_query_does_not_count_here(ada, platform):
    assert await refused(ada, url=f"{platform.ws_urls[0]}?token={ada.token}") == ("NO_TOKEN", 1008)


async def test_a_page_of_somebody_else(ada):
    options = {**in_header(ada.token), "origin": "https://elsewhere.example"}
    assert await refused(ada, **options) == ("VALIDATION_FAILED", 1008)


async def test_one_socket_too_many(ada):
    for _ in range(10):
        await ada.chat()
    assert await refused(ada, **in_header(ada.token)) == ("TOO_MANY_SOCKETS", 1008)
    await ada.sockets.pop().close()
    await ada.chat()  # the closed one's slot is free
