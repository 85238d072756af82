"""Leaving a platform that is not the run's own as it was: threads deleted, users logged out, the rest named."""

import json
from collections.abc import Sequence

from goldenpath.clients.answers import NoAnswer
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.handles import User
from goldenpath.history.exchange import Exchange

_GONE = (200, 204, 404)
_LOGGED_OUT = (200, 204, 401)
_CREATED = (200, 201)


async def leave(
    auth: AuthClient, backend: BackendClient, users: Sequence[User], exchanges: Sequence[Exchange], may_delete: bool
) -> list[str]:
    """Remove what a test has made, and nothing else.

    Args:
        auth: The auth service.
        backend: The backend.
        users: The users of the test.
        exchanges: What passed over HTTP in the test: threads that were made there.
        may_delete: Whether the platform lets users delete threads.

    Returns:
        What could not be removed, one sentence each.
    """
    left: list[str] = []
    for user in users:
        threads = sorted(_threads_of(user) | _made_over_rest(user, exchanges, backend))
        try:
            if may_delete and threads:
                left += await _delete(auth, backend, user, threads)
            else:
                left += [f"thread {thread} of {user.email}" for thread in threads]
            left += await _log_out(auth, user)
        except NoAnswer as error:
            left.append(f"what {user.email} has made: {error}")
        if user.registered:
            left.append(f"the account {user.email}: users cannot be deleted")
    return left


def _threads_of(user: User) -> set[str]:
    told = {frame.thread_id for run in user.runs for frame in run.frames().frames}
    return {thread for thread in (*told, *(run.thread_id for run in user.runs)) if thread}


def _made_over_rest(user: User, exchanges: Sequence[Exchange], backend: BackendClient) -> set[str]:
    call = backend.dialect.calls["create_thread"]
    made = [
        json.loads(exchange.answer)["id"]
        for exchange in exchanges
        if exchange.owner == user.name
        and (exchange.method, exchange.path) == (call.method, call.path)
        and exchange.status in _CREATED
    ]
    return set(made)


async def _delete(auth: AuthClient, backend: BackendClient, user: User, threads: list[str]) -> list[str]:
    token = user.token()
    if (await backend.threads(token, limit=1)).status != _CREATED[0]:
        # the test has logged the user out: the way back in is theirs as well
        reply = await auth.login(user.email, str(user.password.value))
        if reply.status != _CREATED[0]:
            return [f"thread {thread} of {user.email}: no log-in any more" for thread in threads]
        user.take_tokens(reply.body)
        token = user.token()
    left = []
    for thread in threads:
        reply = await backend.delete_thread(token, thread)
        if reply.status not in _GONE:
            left.append(f"thread {thread} of {user.email}: deleting it was answered with {reply.status}")
    return left


async def _log_out(auth: AuthClient, user: User) -> list[str]:
    left = []
    for token in user.sessions:
        status = (await auth.logout(str(token.value))).status
        if status not in _LOGGED_OUT:
            left.append(f"a session of {user.email}: its log-out was answered with {status}")
    return left
