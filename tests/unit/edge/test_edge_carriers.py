import base64

import pytest
from starlette.websockets import WebSocket

from sut.common.errors import PlatformError
from sut.edge.netra_apex.carriers import Refused, carried_token, refusal_of

TOKEN = "a.b.c"
ENCODED = base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("=")


def upgrade(*, header: str | None = None, offers: tuple[str, ...] = (), query: str = "") -> WebSocket:
    headers = [] if header is None else [(b"authorization", header.encode())]
    scope = {"type": "websocket", "headers": headers, "subprotocols": list(offers), "query_string": query.encode()}

    async def nothing(*_: object) -> None:
        return None

    return WebSocket(scope, nothing, nothing)


@pytest.mark.parametrize(
    "websocket",
    [
        upgrade(header=f"Bearer {TOKEN}"),
        upgrade(offers=("jwt-auth", f"jwt.{ENCODED}")),
        upgrade(query=f"token={TOKEN}"),
    ],
    ids=["header", "subprotocol", "query"],
)
def test_each_carrier_is_read(websocket):
    assert carried_token(websocket, query=True) == TOKEN


def test_the_query_counts_only_where_it_is_allowed():
    with pytest.raises(Refused) as refused:
        carried_token(upgrade(query=f"token={TOKEN}"), query=False)
    assert refused.value.code == "NO_TOKEN"


@pytest.mark.parametrize(
    ("websocket", "code"),
    [
        (upgrade(), "NO_TOKEN"),
        (upgrade(offers=("jwt-auth",)), "NO_TOKEN"),
        (upgrade(header="Basic x"), "INVALID_FORMAT"),
        (upgrade(header="Bearer x"), "INVALID_FORMAT"),
        (upgrade(offers=("jwt-auth", "jwt.!")), "INVALID_FORMAT"),
        (upgrade(query="token=x"), "INVALID_FORMAT"),
    ],
)
def test_what_is_no_token_is_refused(websocket, code):
    with pytest.raises(Refused) as refused:
        carried_token(websocket, query=True)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("TOKEN_EXPIRED", "TOKEN_EXPIRED"),
        ("UNAUTHENTICATED", "VALIDATION_FAILED"),
        ("SESSION_REVOKED", "VALIDATION_FAILED"),
        ("FORBIDDEN", "VALIDATION_FAILED"),
        ("ORIGIN_REFUSED", "VALIDATION_FAILED"),
        ("AUTH_UNAVAILABLE", "AUTH_SERVICE_ERROR"),
        ("SERVICE_UNAVAILABLE", "AUTH_SERVICE_ERROR"),
        ("TOO_MANY_SOCKETS", "TOO_MANY_SOCKETS"),
    ],
)
def test_why_the_backend_refuses_is_said_in_the_dialect(inner, outer):
    refused = refusal_of(PlatformError(inner, "Why."))
    assert (refused.code, refused.message) == (outer, "Why.")
