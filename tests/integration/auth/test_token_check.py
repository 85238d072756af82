"""The check that every request goes through, on a real Valkey."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from sut.common.errors import PlatformError
from sut.common.ids import new_id
from sut.common.token_check import TokenCheck
from sut.common.tokens import TokenIssuer, TokenVerifier
from sut.store.redis import Cache

SECRET = "the integration tests' token secret"
SESSION = new_id()
TOKEN = TokenIssuer(SECRET).access(new_id(), new_id(), SESSION, ["chat"]).text


class Authority:
    """Answers as it is told to, and counts the questions."""

    def __init__(self, answer: str | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def __call__(self, token: str) -> str | None:
        self.asked.append(token)
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer == "hangs":
            await asyncio.Event().wait()
        return self.answer


@pytest.fixture
async def cache(redis_url: str) -> AsyncIterator[Cache]:
    cache = Cache.open(redis_url, f"gp-{secrets.token_hex(4)}:")
    yield cache
    await cache.close()


@pytest.fixture
async def nobody() -> AsyncIterator[Cache]:
    cache = Cache.open("redis://127.0.0.1:1/0", "gp:")
    yield cache
    await cache.close()


def check(cache: Cache, authority: Authority) -> TokenCheck:
    return TokenCheck(TokenVerifier(SECRET), cache, authority)


async def refusal(cache: Cache, authority: Authority, token: str = TOKEN) -> str:
    with pytest.raises(PlatformError) as refused:
        await check(cache, authority)(token)
    return refused.value.code


async def test_a_session_that_redis_knows_is_good_without_asking(cache: Cache) -> None:
    await cache.redis.set(cache.keys.session(SESSION), "{}", ex=30)
    authority = Authority("revoked")
    identity = await check(cache, authority)(TOKEN)
    assert identity.session_id == SESSION
    assert authority.asked == []


async def test_an_ended_session_is_refused_whatever_else_redis_says(cache: Cache) -> None:
    await cache.redis.set(cache.keys.session(SESSION), "{}", ex=30)
    await cache.redis.set(cache.keys.revoked(SESSION), "logout", ex=30)
    authority = Authority()
    assert await refusal(cache, authority) == "SESSION_REVOKED"
    assert authority.asked == []


async def test_redis_is_asked_once(cache: Cache) -> None:
    await cache.redis.set(cache.keys.session(SESSION), "{}", ex=30)
    token_check = check(cache, Authority())
    await token_check(TOKEN)
    before = (await cache.redis.info("commandstats"))["cmdstat_mget"]["calls"]
    await token_check(TOKEN)
    assert (await cache.redis.info("commandstats"))["cmdstat_mget"]["calls"] == before + 1


async def test_what_redis_does_not_know_the_authority_decides(cache: Cache) -> None:
    good, bad = Authority(None), Authority("inactive_user")
    assert (await check(cache, good)(TOKEN)).session_id == SESSION
    assert await refusal(cache, bad) == "SESSION_REVOKED"
    assert good.asked == bad.asked == [TOKEN]


async def test_with_redis_away_the_authority_decides(nobody: Cache) -> None:
    good = Authority(None)
    assert (await check(nobody, good)(TOKEN)).session_id == SESSION
    assert await refusal(nobody, Authority("revoked")) == "SESSION_REVOKED"


@pytest.mark.parametrize(
    "answer", ["hangs", PlatformError("SERVICE_UNAVAILABLE", "away"), PlatformError("AUTH_UNAVAILABLE", "away")]
)
async def test_when_nobody_can_tell_it_is_503(
    nobody: Cache, answer: str | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sut.common.token_check.VALIDATE_TIMEOUT_S", 0.2)
    assert await refusal(nobody, Authority(answer)) == "AUTH_UNAVAILABLE"


async def test_a_bad_token_is_refused_without_asking_anybody(nobody: Cache) -> None:
    authority = Authority(None)
    assert await refusal(nobody, authority, TOKEN[:-1]) == "UNAUTHENTICATED"
    assert authority.asked == []
