"""What one user tries on another's things, knowing their ids: each try has to fail, and to be told."""

import uuid
from collections.abc import Mapping

from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.journeys.promises import CLOSED, OWN_ONLY, SEPARATE
from goldenpath.limits import limit
from goldenpath.tokens.doors import Doors
from goldenpath.tokens.promises import NO_ENTRY
from goldenpath.world import world

_REFUSED = 401


async def finds_own_messages_only(user: User, others: list[User]) -> None:
    """Let a user search for their own random mark, and for each other user's.

    Args:
        user: Who searches.
        others: Whose marks must not be found.

    Raises:
        PromiseBroken: The own messages were not found, so the search proves nothing, or somebody else's were.
    """
    backend, token = world().backend, user.token()
    own = (await backend.get("/api/messages/search", token, q=user.canary)).expect(200)
    if not own.body["items"]:
        raise OWN_ONLY.broken(f"{user} searches for a mark that stands in all of their questions and finds none.")
    for other in others:
        found = (await backend.get("/api/messages/search", token, q=other.canary)).expect(200).body["items"]
        if found:
            raise OWN_ONLY.broken(f"{user} searches for {other}'s mark and finds {len(found)} message(s).")


async def cannot_enter(user: User, owner: User) -> None:
    """Let a user join another's thread on the socket, and ask in it.

    Args:
        user: Who tries; connected.
        owner: Whose thread it is.

    Raises:
        PromiseBroken: It was not refused.
    """
    thread_id = str(owner.runs[0].thread_id)
    if world().target.offers("resume"):
        joining = {"type": "resume", "payload": {"thread_id": thread_id, "after_seq": 0}}
        await _is_refused(user, joining, f"{user} joins {owner}'s thread", thread_id)
    dialect = user.connection().dialect
    asking = dialect.questions.frame("What was said here before?", thread_id, f"gp-{uuid.uuid4()}", None)
    await _is_refused(user, asking, f"{user} asks in {owner}'s thread", thread_id)


async def _is_refused(user: User, frame: Mapping[str, object], what: str, thread_id: str) -> None:
    socket, allowed = user.connection(), limit("message_processing")
    since = len(socket.channel.frames)
    await socket.send(frame)

    def settles(answer: Frame) -> bool:
        return answer.type == "error" or answer.thread_id == thread_id or answer.data.get("thread_id") == thread_id

    answer = await socket.channel.wait_for(settles, allowed.max_s, f"{allowed.id}: the refusal, when {what},", since)
    if answer.type != "error":
        raise CLOSED.broken(f"{what}, and is answered with {answer.type}.")


async def stranger_gets_nowhere(victim: User) -> None:
    """Let somebody without any token connect, and start a run in another's name.

    Args:
        victim: In whose name.

    Raises:
        PromiseBroken: The stranger was let in.
    """
    said = await Doors(world(), victim).backend()["socket"](None)
    if not said.refused:
        raise NO_ENTRY.broken(f"a stranger connects without a token and is answered with {said.status}, not 401.")
    if not world().target.offers("ask_over_rest"):
        return
    run: Run = victim.runs[0]
    body = {"content": "What did we spend?", "client_message_id": f"gp-{uuid.uuid4()}", "user_id": victim.user_id}
    reply = await world().backend.call("POST", f"/api/threads/{run.thread_id}/messages", token=None, body=body)
    if reply.status != _REFUSED:
        raise NO_ENTRY.broken(f"a stranger starts a run for {victim} and is answered with {reply.status}, not 401.")


async def names_are_no_identities(users: list[User]) -> None:
    """Let users make threads of the same name, which must be threads of their own.

    Args:
        users: Two or more.

    Raises:
        PromiseBroken: Two of them got the same thread, or one cannot read their own.
    """
    made: dict[str, User] = {}
    for user in users:
        thread_id = str((await world().backend.create_thread(user.token(), "default")).expect(201).body["id"])
        if thread_id in made:
            raise SEPARATE.broken(f"{made[thread_id]} and {user} each make a thread 'default' and get the same one.")
        made[thread_id] = user
    for thread_id, user in made.items():
        try:
            (await world().backend.thread(user.token(), thread_id)).expect(200)
        except PromiseBroken as broken:
            raise SEPARATE.broken(f"{user} cannot read the thread that they have just made: {broken}") from None
