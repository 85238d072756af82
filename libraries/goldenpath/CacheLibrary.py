"""Keywords that read the platform's Redis or Valkey as oracle."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.clients.cache import CacheClient
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User, as_text
from goldenpath.keyword_library import keyword_library
from goldenpath.limits import limit
from goldenpath.polling import NotYet, until
from goldenpath.world import world


async def _all_tell(cache: CacheClient, told: dict[str, list[str]]) -> bool:
    """Look once: everything there, nothing for ever, and what was told in it? Keys are copies, a moment late."""
    problems = [f"{name} is missing" for name in told if not await cache.exists(name)]
    problems += [f"{name} never expires" for name in told if await cache.ttl(name) is None]
    for name, words in told.items() if not problems else ():
        text = f"{name} {as_text(await cache.content(name))}"
        problems += [f"{name} does not tell {word}" for word in words if word not in text]
    if problems:
        raise NotYet("; ".join(problems))
    return True


@keyword_library
class CacheLibrary:
    """What Redis holds while a user is there, and that it is gone afterwards. Keys are read, never written."""

    @keyword
    def keys_of_the_conversation_exist(self, run: Run) -> None:
        """Check that session, presence, thread, run and events have their keys, each with its owner and its end.

        Args:
            run: A run whose user is still connected.

        Raises:
            PromiseBroken: A key is missing, would stay for ever, or tells something else than the user was told.
        """
        user = run.user
        told = {
            f"session:{user.session_id}": [user.user_id],
            f"presence:{user.user_id}": [user.session_id],
            f"thread:{run.thread_id}:context": [user.user_id, str(run.result().get("answer_to"))],
            f"run:{run.run_id}:state": [user.user_id, "completed"],
            f"events:{user.user_id}": [str(frame.body["event_id"]) for frame in run.frames().frames],
        }
        allowed = limit("event_delivery")
        what = f"the storing of every key of {run} in Redis ({allowed.id})"
        runtime.run(until(lambda: _all_tell(world().cache, told), within_s=allowed.max_s, what=what))
        logger.info(f"{len(told)} keys exist, expire, and tell what was told: {', '.join(told)}")

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

        async def gone() -> bool:
            if left := [name for name in left_over if await cache.exists(name)]:
                raise NotYet(f"{' and '.join(left)} still there")
            return True

        allowed = limit("socket_close_after_logout")
        what = f"the removal of {user}'s keys at log-out ({allowed.id})"
        runtime.run(until(gone, within_s=allowed.max_s, what=what))
        if not runtime.run(cache.exists(revoked)):
            raise PromiseBroken(f"{revoked} is missing: another instance would still accept {user}'s old token.")
        if runtime.run(cache.ttl(revoked)) is None:
            raise PromiseBroken(f"{revoked} never expires: such marks would fill Redis.")
