"""Keywords that read the platform's Redis or Valkey as oracle."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.clients.cache import CacheClient
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.polling import NotYet, until
from goldenpath.world import world


async def _all_expire(cache: CacheClient, names: list[str]) -> bool:
    """Look once: everything there, and nothing for ever? Keys are copies, written just after the commit."""
    problems = [f"{name} is missing" for name in names if not await cache.exists(name)]
    problems += [f"{name} never expires" for name in names if await cache.ttl(name) is None]
    if problems:
        raise NotYet("; ".join(problems))
    return True


@keyword_library
class CacheLibrary:
    """What Redis holds while a user is there, and that it is gone afterwards. Keys are read, never written."""

    @keyword
    def keys_of_the_conversation_exist(self, run: Run) -> None:
        """Check that session, presence, thread, run and events have their keys, each with an end to its life.

        Args:
            run: A run whose user is still connected.

        Raises:
            PromiseBroken: A key is missing or would stay for ever.
        """
        user = run.user
        names = [
            f"session:{user.session_id}",
            f"presence:{user.user_id}",
            f"thread:{run.thread_id}:context",
            f"run:{run.run_id}:state",
            f"events:{user.user_id}",
        ]
        within_s = limit("event_delivery").max_s
        what = f"the storing of every key of {run} in Redis"
        runtime.run(until(lambda: _all_expire(world().cache, names), within_s=within_s, what=what))
        logger.info(f"{len(names)} keys exist and expire: {', '.join(names)}")

    @keyword
    def no_key_of_the_session_is_left(self, user: User) -> None:
        """Check that after log-out nothing of the session is left in Redis but the note that it is revoked.

        Args:
            user: A user who has logged out.

        Raises:
            PromiseBroken: A key of the session is left, or the session is not marked as revoked.
        """
        cache = world().cache
        revoked = f"revoked:{user.session_id}"
        left_over = [f"session:{user.session_id}", f"presence:{user.user_id}"]

        async def gone() -> bool | None:
            return None if [name for name in left_over if await cache.exists(name)] else True

        within_s = limit("socket_close_after_logout").max_s
        runtime.run(until(gone, within_s=within_s, what=f"removal of {' and '.join(left_over)}"))
        if not runtime.run(cache.exists(revoked)):
            raise PromiseBroken(f"{revoked} is missing: another instance would still accept {user}'s old token.")
