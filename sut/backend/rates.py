"""How often a user may ask and connect, over all instances; while Redis is away, on each instance by itself."""

import time
from collections import OrderedDict, deque
from uuid import UUID

from redis.exceptions import RedisError

from sut.common.errors import PlatformError
from sut.store.redis import Cache

UPGRADES_WITHIN_S = 60.0

# KEYS: bucket. ARGV: what it holds, what flows in a second. Gives the seconds to wait: 0 when a token was taken.
_SPEND = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local most, per_second = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = most
if kept[1] and kept[2] then
  tokens = math.min(most, kept[1] + math.max(0, now - kept[2]) * per_second)
end
if tokens < 1 then
  return tostring((1 - tokens) / per_second)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens - 1), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most / per_second * 1000))
return '0'
"""

# KEYS: list of times. ARGV: how many may be in a window, the window in seconds. Gives the seconds to wait, else 0.
_NOTE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local most, within = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = redis.call('LINDEX', KEYS[1], -most)
if first and first + within > now then
  return tostring(first + within - now)
end
redis.call('RPUSH', KEYS[1], string.format('%.6f', now))
redis.call('LTRIM', KEYS[1], -most, -1)
redis.call('PEXPIRE', KEYS[1], math.ceil(within * 1000))
return '0'
"""


class AskingRate:
    """A bucket for each user, from which questions on sockets and REST calls are paid alike."""

    def __init__(self, cache: Cache, burst: int, per_second: float) -> None:
        """Make it.

        Args:
            cache: Redis.
            burst: What a full bucket pays for.
            per_second: How much flows back in a second.
        """
        self._cache = cache
        self._burst = burst
        self._per_second = per_second
        self._script = cache.redis.register_script(_SPEND)
        self._here: OrderedDict[UUID, tuple[float, float]] = OrderedDict()

    async def spend(self, user_id: UUID) -> None:
        """Pay for one request.

        Args:
            user_id: Whose bucket pays.

        Raises:
            PlatformError: ``RATE_LIMITED``: the bucket is empty.
        """
        try:
            wait_s = float(
                await self._script(keys=[self._cache.keys.rate(user_id)], args=[self._burst, self._per_second])
            )
        except RedisError:
            wait_s = self._spend_here(user_id)
        if wait_s > 0:
            raise rate_limited("You are asking too often.", wait_s)

    def _spend_here(self, user_id: UUID) -> float:
        now = time.monotonic()
        self._forget_full(now)
        tokens, at = self._here.pop(user_id, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        wait_s = max(0.0, (1 - tokens) / self._per_second)
        self._here[user_id] = (tokens if wait_s else tokens - 1, now)
        return wait_s

    def _forget_full(self, now: float) -> None:
        """Drop the buckets that are full again: those that were used longest ago stand first."""
        full_after_s = self._burst / self._per_second
        while self._here and now - next(iter(self._here.values()))[1] > full_after_s:
            self._here.popitem(last=False)


class UpgradeRate:
    """How many sockets a user may open in any minute."""

    def __init__(self, cache: Cache, per_minute: int) -> None:
        """Make it.

        Args:
            cache: Redis.
            per_minute: How many upgrades a user may have in any minute.
        """
        self._cache = cache
        self._per_minute = per_minute
        self._script = cache.redis.register_script(_NOTE)
        self._here: OrderedDict[UUID, deque[float]] = OrderedDict()

    async def note(self, user_id: UUID) -> None:
        """Note an upgrade.

        Args:
            user_id: Who connects.

        Raises:
            PlatformError: ``RATE_LIMITED``: there were too many within a minute; this one is not counted.
        """
        try:
            wait_s = float(
                await self._script(
                    keys=[self._cache.keys.upgrades(user_id)], args=[self._per_minute, UPGRADES_WITHIN_S]
                )
            )
        except RedisError:
            wait_s = self._note_here(user_id)
        if wait_s > 0:
            raise rate_limited("You are connecting too often.", wait_s)

    def _note_here(self, user_id: UUID) -> float:
        now = time.monotonic()
        while self._here and now - next(iter(self._here.values()))[-1] > UPGRADES_WITHIN_S:
            self._here.popitem(last=False)
        times = self._here.setdefault(user_id, deque(maxlen=self._per_minute))
        if len(times) == self._per_minute and times[0] + UPGRADES_WITHIN_S > now:
            return times[0] + UPGRADES_WITHIN_S - now
        times.append(now)
        self._here.move_to_end(user_id)
        return 0.0


def rate_limited(what: str, wait_s: float) -> PlatformError:
    """Make the refusal of what comes too often.

    Args:
        what: What comes too often, as a sentence.
        wait_s: Seconds after which it may come again.

    Returns:
        ``RATE_LIMITED``.
    """
    return PlatformError("RATE_LIMITED", f"{what} Try again in a moment.", retry_after_s=round(wait_s + 0.0005, 3))
