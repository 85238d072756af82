"""The front that tests put before a platform to speak HTTPS and WSS to it."""

import asyncio
import ssl
import time

import httpx
import pytest
from edge_user import QUESTION, Chat
from websockets.asyncio.client import connect

from tests.support.tls_front import tls_front


@pytest.fixture
def fronted(platform, tmp_path):
    with tls_front([platform.auth_url, *platform.backend_urls], tmp_path) as running:
        yield running


def trusting(path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(path))


async def test_https_and_wss_reach_what_is_behind(ada, fronted):
    context = trusting(fronted.ca_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as http:
        for url in fronted.urls:
            assert (await http.get(f"{url}/health/ready")).status_code == 200
    async with connect(fronted.ws_urls[1], ssl=context, additional_headers=ada.headers, proxy=None) as socket:
        chat = Chat(socket)
        await chat.say(type="user_message", payload={"content": QUESTION})
        assert (await chat.until_type("agent_completed"))["payload"]["result"]["findings"]


async def test_who_trusts_another_authority_does_not_get_in(ada, fronted):
    context = trusting(fronted.other_ca_file)
    async with httpx.AsyncClient(verify=context, trust_env=False) as http:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await http.get(f"{fronted.urls[0]}/health")
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(fronted.ws_urls[1], ssl=context, additional_headers=ada.headers, proxy=None)


async def test_nothing_is_left_of_it(ada, platform, tmp_path):
    with tls_front(platform.backend_urls, tmp_path) as running:
        options = {"ssl": trusting(running.ca_file), "additional_headers": ada.headers}
        chat = Chat(await connect(f"wss{running.urls[0].removeprefix('https')}/ws", proxy=None, **options))
        await chat.next()
        port = int(running.urls[0].rsplit(":", 1)[1])
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 10  # an open connection is not waited for
    assert (await chat.closed())[0] == 1006
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)
