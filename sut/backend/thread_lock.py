"""Shows in Redis which run has which thread; the fence in it is the one that PostgreSQL checks at every frame."""

import json

from sut.backend.job import Job
from sut.backend.mirror import Mirror
from sut.store.redis import Cache

# A lock with a higher fence is a later taker's: who was late neither takes nor frees it.
_TAKE = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).fence > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_FREE = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).fence == tonumber(ARGV[1]) then return redis.call('DEL', KEYS[1]) end
return 0
"""


class ThreadLocks:
    """The locks of the threads that this instance works in."""

    def __init__(self, cache: Cache, mirror: Mirror, instance: str, lease_s: float) -> None:
        """Make it.

        Args:
            cache: Redis.
            mirror: Writes to it without anybody waiting.
            instance: This instance.
            lease_s: Seconds after which a lock is gone that nobody keeps.
        """
        self._keys = cache.keys
        self._mirror = mirror
        self._instance = instance
        self._lease_ms = round(lease_s * 1000)

    def keep(self, job: Job) -> None:
        """Lock the thread of a run, or keep it locked.

        Args:
            job: A run of this instance.
        """
        key, fence = self._keys.thread_lock(job.story.thread_id), job.fence
        owner = {"fence": fence, "instance": self._instance, "run_id": str(job.story.run_id)}
        text = json.dumps({**owner, "user_id": str(job.story.identity.user_id)})
        self._mirror.add(lambda pipe: pipe.eval(_TAKE, 1, key, fence, text, self._lease_ms))

    def free(self, job: Job) -> None:
        """Free the thread of a run, unless somebody else has it by now.

        Args:
            job: A run that was this instance's.
        """
        key, fence = self._keys.thread_lock(job.story.thread_id), job.fence
        self._mirror.add(lambda pipe: pipe.eval(_FREE, 1, key, fence))
