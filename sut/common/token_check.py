"""The check that every request and every socket goes through: is this token good, and does its session still stand?"""

import asyncio
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.common.tokens import TokenVerifier
from sut.store.redis import Cache

# asks the authority, PostgreSQL, directly or through the auth service: None when the session stands, else why not;
# raises PlatformError when it cannot tell
Validate = Callable[[str], Awaitable[str | None]]

# makes sure that the key is known that a token names; raises PlatformError when it cannot be asked for
LearnKey = Callable[[str], Awaitable[None]]

VALIDATE_TIMEOUT_S = 3.0


class TokenCheck:
    """Tells who is asking, or refuses.

    The token is verified locally; then one question to Redis settles nearly every request. Only when Redis does not
    know, or is away, the authority is asked. When nobody can tell, the answer is 503: an outage neither lets anyone in
    nor logs anyone out.

    Args:
        verifier: Checks the token by itself.
        cache: Redis.
        validate: Asks the authority.
        learn_key: Asks for a key that the verifier may not know yet; without it, it knows all.
    """

    def __init__(
        self, verifier: TokenVerifier, cache: Cache, validate: Validate, learn_key: LearnKey | None = None
    ) -> None:
        self._verifier = verifier
        self._cache = cache
        self._validate = validate
        self._learn_key = learn_key

    async def __call__(self, token: str) -> Identity:
        """Check one access token.

        Args:
            token: What the client showed.

        Returns:
            Who is asking.

        Raises:
            PlatformError: ``UNAUTHENTICATED``, ``TOKEN_EXPIRED``, ``SESSION_REVOKED``; ``AUTH_UNAVAILABLE`` when nobody
                can tell.
        """
        if self._learn_key is not None:
            await self._learn_key(token)
        identity = self._verifier.verify(token)
        if await self._known_good(identity):
            return identity
        await self._ask_authority(token)
        return identity

    async def _known_good(self, identity: Identity) -> bool:
        keys = self._cache.keys
        try:
            revoked, session = await self._cache.redis.mget(
                keys.revoked(identity.session_id), keys.session(identity.session_id)
            )
        except RedisError:
            return False
        if revoked is not None:
            raise session_ended()
        return session is not None

    async def _ask_authority(self, token: str) -> None:
        try:
            async with asyncio.timeout(VALIDATE_TIMEOUT_S):
                reason = await self._validate(token)
        except (TimeoutError, PlatformError) as error:
            raise PlatformError(
                "AUTH_UNAVAILABLE", "Your session cannot be checked just now; try again shortly.", retry_after_s=1
            ) from error
        if reason is not None:
            raise session_ended()


def session_ended() -> PlatformError:
    """Make the refusal of a token whose session is over.

    Returns:
        ``SESSION_REVOKED``.
    """
    return PlatformError("SESSION_REVOKED", "This session has ended; log in again.")
