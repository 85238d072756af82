"""What Redis knows about sessions: a mark that one stands, and a mark that one was ended."""

import json
import math
from datetime import UTC, datetime
from uuid import UUID

from sut.common.timing import rfc3339
from sut.common.tokens import CLOCK_LEEWAY_S
from sut.store.keys import SESSION_TTL_S
from sut.store.redis import Cache

# in one step, so that a slow "it stands" never follows an "it was ended"
_MARK_UNLESS_ENDED = """
if redis.call('EXISTS', KEYS[1]) == 0 then
    redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
end
"""


async def mark_standing(
    cache: Cache, session_id: UUID, user_id: UUID, access_expires_at: datetime, *, seen_at: datetime
) -> None:
    """Let the services take a session for good without asking, until `SESSION_TTL_S` seconds after it was looked up.

    Args:
        cache: Redis.
        session_id: The session.
        user_id: Whose it is.
        access_expires_at: End of its newest access token's life.
        seen_at: When PostgreSQL was asked: a slow answer is not believed for longer than a fast one.

    Raises:
        RedisError: Redis is away.
    """
    left_ms = SESSION_TTL_S * 1000 - int((datetime.now(UTC) - seen_at).total_seconds() * 1000)
    if left_ms <= 0:
        return
    value = json.dumps({"user_id": str(user_id), "access_expires_at": rfc3339(access_expires_at)})
    await cache.redis.eval(
        _MARK_UNLESS_ENDED, 2, cache.keys.revoked(session_id), cache.keys.session(session_id), value, str(left_ms)
    )


async def mark_ended(cache: Cache, sessions: dict[UUID, datetime], reason: str) -> None:
    """Have sessions refused everywhere at once, and their sockets closed.

    Args:
        cache: Redis.
        sessions: Each session, and the end of its newest access token's life: the mark outlives it.
        reason: Why.

    Raises:
        RedisError: Redis is away; nothing was told.
    """
    now = datetime.now(UTC)
    async with cache.redis.pipeline(transaction=True) as batch:
        for session_id, access_expires_at in sessions.items():
            life_s = max(0, math.ceil((access_expires_at - now).total_seconds()))
            batch.set(cache.keys.revoked(session_id), reason, ex=life_s + CLOCK_LEEWAY_S)
            batch.delete(cache.keys.session(session_id))
            message = json.dumps({"session_id": str(session_id), "reason": reason})
            batch.publish(cache.keys.revocations_channel(), message)
        await batch.execute()


async def is_marked_ended(cache: Cache, session_id: UUID) -> bool:
    """See whether Redis knows that a session was ended.

    Args:
        cache: Redis.
        session_id: The session.

    Returns:
        Whether it does.

    Raises:
        RedisError: Redis is away.
    """
    return await cache.redis.get(cache.keys.revoked(session_id)) is not None
