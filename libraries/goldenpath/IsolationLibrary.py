"""The keyword that looks for one user's things in what another user can see."""

import uuid

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import oracle, runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import User, as_text
from goldenpath.history.isolation import Sight, leaks_between, sights_with_own_mark
from goldenpath.keyword_library import keyword_library
from goldenpath.world import world


def _own_ids(user: User) -> list[str]:
    threads = {str(run.thread_id) for run in user.runs if run.thread_id}
    return [user.user_id, user.session_id, *threads, *(str(run.run_id) for run in user.runs)]


async def _sights(user: User) -> list[Sight]:
    """Everything that a user was sent, can read, or that is stored for them."""
    backend, token = world().backend, user.token()
    frames = [frame for channel in user.channels for frame in channel.received()]
    sights = [Sight(f"frame {n} ({frame.type})", as_text(frame.body)) for n, frame in enumerate(frames, 1)]
    pages = [await backend.threads(token), await backend.get("/api/runs", token)]
    pages += [await backend.messages(token, str(run.thread_id)) for run in user.runs]
    pages += [await backend.run(token, str(run.run_id)) for run in user.runs]
    pages += [await backend.run_events(token, str(run.run_id)) for run in user.runs]
    sights += [Sight(f"answer to GET {page.path}", as_text(page.expect(200).body)) for page in pages]
    sights += await oracle.stored_for(world().postgres, user.user_id)
    return sights + await oracle.cached_for(world().cache, _own_ids(user))


async def _find_nothing(token: str, thread_id: str, run_id: str) -> None:
    backend = world().backend
    (await backend.thread(token, thread_id)).expect(404)
    (await backend.messages(token, thread_id)).expect(404)
    if world().target.offers("ask_over_rest"):
        (await backend.ask(token, thread_id, "What was said here?", f"gp-{uuid.uuid4()}")).expect(404)
    if not world().target.offers("runs"):
        return
    (await backend.run(token, run_id)).expect(404)
    (await backend.run_events(token, run_id)).expect(404)
    (await backend.stop_run(token, run_id)).expect(404)


@keyword_library
class IsolationLibrary:
    """Nothing of one user is in the sight of another."""

    @keyword
    def nothing_is_shared_between(self, *users: User) -> None:
        """Check that no user's marks and ids stand in another's events, REST answers, rows or Redis keys.

        Args:
            *users: Two or more users who have asked something; each carries a random mark of their own.

        Raises:
            PromiseBroken: A leak, named with owner, reader and place; or a search that misses the users' own marks.
        """
        sights = {user.name: runtime.run(_sights(user)) for user in users}
        for user in users:
            if sights_with_own_mark(user.canary, sights[user.name]) < len(user.runs):
                raise PromiseBroken(f"{user}'s own mark is not in what {user} can see: the search proves nothing.")
        marks = {user.name: [user.canary, user.email, user.tenant_id, *_own_ids(user)] for user in users}
        leaks = leaks_between(marks, sights)
        if leaks:
            told = [f"{leak} in {leak.place}" for leak in leaks]
            raise PromiseBroken(f"{len(leaks)} leak(s) between users:\n" + "\n".join(told))
        looked_at = ", ".join(f"{name} {len(seen)}" for name, seen in sights.items())
        logger.info(f"No leak in {sum(map(len, sights.values()))} frames, answers, rows and keys ({looked_at}).")

    @keyword
    def foreign_objects_cannot_be_found(self, reader: User, owner: User) -> None:
        """Check that a user who knows another's ids can neither read nor use them: 404, as if nothing were there.

        Args:
            reader: Who tries.
            owner: Whose threads and runs are tried.

        Raises:
            PromiseBroken: Something was found.
        """
        for run in owner.runs:
            runtime.run(world().backend.thread(owner.token(), str(run.thread_id))).expect(200)
            if world().target.offers("runs"):
                runtime.run(world().backend.run(owner.token(), str(run.run_id))).expect(200)
            runtime.run(_find_nothing(reader.token(), str(run.thread_id), str(run.run_id)))
