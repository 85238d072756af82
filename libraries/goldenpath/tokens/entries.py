"""Ways in that must not be there: without a login, with flags, by hooks for tests."""

import asyncio
import uuid
from typing import Any

from goldenpath.clients.http import Reply
from goldenpath.handles import User, secret
from goldenpath.targets.dialect import CONTRACT
from goldenpath.tokens.doors import Doors, ask_all, service_token
from goldenpath.tokens.forging import claims_of
from goldenpath.tokens.promises import NO_ENTRY, NO_HOOKS, NO_PATHS, OWN_CONTEXT, PAGES_READ, RIGHTS
from goldenpath.tokens.verdicts import insist_on_good
from goldenpath.world import World

_OK = range(200, 300)
# where products of this kind have let people in without asking who they are
EASY_LOGINS = (
    "/auth/dev/login",
    "/auth/dev-login",
    "/auth/dev",
    "/auth/demo",
    "/auth/demo/login",
    "/auth/test/login",
    "/auth/guest",
    "/auth/mock/login",
)
FLAGS: dict[str, Any] = {"is_superuser": True, "is_admin": True, "admin": True, "role": "admin", "scope": "admin"}
ADMIN_PAGE = "/api/admin/users"
HOOKS: dict[str, Any] = {"delay": 3, "delay_s": 3, "simulate_delay": 3, "simulate_error": True, "test_mode": True}
HOOKED_PATHS = ("/auth/login", "/auth/refresh", "/auth/register")
AT_ONCE_S = 1.5
UNKNOWN = ("/api/no-such-page", "/api/admin", "/api/internal/debug", "/api/threads/x/y/z", "/api/v9/threads", "/api")
KNOWN = ("/api/threads", "/api/runs", "/api/agents", ADMIN_PAGE, "/api/messages/search")
METHODS = ("GET", "POST", "PUT", "DELETE")
PAGE = "https://chat.golden-path.test"


async def nobody_enters(here: World, owner: User) -> None:
    """Try to get in without a login: easy logins, sockets and questions without a token, in the owner's name.

    Args:
        here: The world.
        owner: A user who is there; the question is asked in their name.

    Raises:
        PromiseBroken: Something was let in.
    """
    # a platform of another dialect may promise such a login
    logins = EASY_LOGINS if here.target.dialect is CONTRACT else ()
    tried = [here.auth.call("POST", path, body={"email": owner.email}) for path in logins]
    for reply in await asyncio.gather(*tried):
        if reply.status in _OK:
            _hide(reply)
            raise NO_ENTRY.broken(f"POST {reply.path} without a password was answered {reply.status}.")
    doors = Doors(here, owner).every()
    for one in await ask_all(doors, None):
        if not one.refused:
            raise NO_ENTRY.broken(f"without a token the door '{one.door}' answered {one.status}, promised is 401.")
    call = here.backend.dialect.calls["ask"]
    thread = (await here.backend.create_thread(owner.token(), f"of {owner.canary}")).expect(201).body["id"]
    for further in ({}, {"thread_id": thread}):
        body = {"content": "Who is asking?", "client_message_id": f"gp-{uuid.uuid4()}", "user_id": owner.user_id}
        path = call.path.format(thread_id=thread)
        reply = await here.backend.call(call.method, path, body=body | further)
        if reply.status in _OK:
            raise NO_ENTRY.broken(f"a question without a token in the name of {owner} was answered {reply.status}.")


async def flags_give_nothing(here: World, user: User) -> None:
    """Send the marks of an administrator wherever a client may send something.

    Args:
        here: The world.
        user: A user without special rights.

    Raises:
        PromiseBroken: The administrators' page opened.
    """
    backend, token = here.backend, user.token()
    who = {"email": user.email, "password": str(user.password.value)}
    flagged = [
        here.auth.call("POST", here.auth.dialect.calls["login"].path, body=who | FLAGS),
        here.auth.call("PATCH", "/auth/me", token=token, body=FLAGS),
        backend.call(
            "POST", here.backend.dialect.calls["create_thread"].path, token=token, body={"title": "-"} | FLAGS
        ),
    ]
    login, *_ = await asyncio.gather(*flagged)
    tokens = [token, *([_hide(login)] if login.status in _OK else [])]
    headers = {"X-Admin": "true", "X-User-Role": "admin", "X-Forwarded-User": "admin", "X-Superuser": "true"}
    for shown in tokens:
        asked = await asyncio.gather(
            backend.call("GET", ADMIN_PAGE, token=shown),
            backend.call("GET", ADMIN_PAGE, token=shown, headers=headers),
            backend.call("GET", ADMIN_PAGE, token=shown, query=dict.fromkeys(FLAGS, "true")),
            backend.call("GET", ADMIN_PAGE, token=shown, body=FLAGS),
        )
        if opened := [reply for reply in asked if reply.status in _OK]:
            raise RIGHTS.broken(f"{ADMIN_PAGE} was answered {opened[0].status} to {user}, who is no administrator.")
    said = await ask_all(Doors(here, user).usual(), token)
    insist_on_good(user, said)


async def administrator_is_one(here: World, admin: User) -> None:
    """Let a service make an administrator: from their first login on they are the user that was made.

    Args:
        here: The world; its platform is this run's own.
        admin: Somebody whom the platform does not know yet.

    Raises:
        PromiseBroken: They are somebody else, or no administrator.
    """
    service = await service_token(here)
    who = {"email": admin.email, "password": str(admin.password.value), "permissions": ["admin", "chat", "history"]}
    made = (await here.auth.call("POST", "/auth/admin/users", token=service, body=who)).expect(201).body["user"]
    admin.take_tokens((await here.auth.login(admin.email, str(admin.password.value))).expect(200).body)
    admin.registered = True
    if not admin.user_id == claims_of(admin.token())["sub"] == made["id"]:
        raise OWN_CONTEXT.broken(f"{admin} was made as user {made['id']}, and is another one in their first token.")
    insist_on_good(admin, await ask_all(Doors(here, admin, service).usual(), admin.token()))
    if (page := await here.backend.call("GET", ADMIN_PAGE, token=admin.token())).status not in _OK:
        raise RIGHTS.broken(f"{ADMIN_PAGE} was answered {page.status} to {admin}, whose token gives the right to it.")


async def hooks_do_nothing(here: World, user: User) -> None:
    """Send, as a stranger, what some products take for orders of their tests: to wait, to fail.

    Args:
        here: The world.
        user: A user who works meanwhile.

    Raises:
        PromiseBroken: An answer was held back.
    """
    body = {"email": user.email, "password": "not the right one", "refresh_token": "x", **HOOKS}
    as_query, as_headers = {"delay": 3, "test_mode": "true"}, {"X-Test-Delay": "3", "X-Simulate-Error": "500"}
    strangers = [here.auth.call("POST", path, body=body, query=as_query, headers=as_headers) for path in HOOKED_PATHS]
    strangers += [
        here.backend.call("POST", path, body={**HOOKS, "content": "TIMEOUT please"}, query=as_query, headers=as_headers)
        for path in ("/api/threads", "/api/agents", "/api/runs")
    ]
    worker = asyncio.create_task(ask_all(Doors(here, user).usual(), user.token()))
    for reply in await asyncio.gather(*strangers):
        if reply.took_s > AT_ONCE_S:
            raise NO_HOOKS.broken(f"{reply.method} {reply.path} with a stranger's 'delay' took {reply.took_s:.1f} s.")
        if reply.status in _OK:
            raise NO_HOOKS.broken(f"{reply.method} {reply.path} with a stranger's 'test_mode' said {reply.status}.")
    insist_on_good(user, await worker)


async def paths_tell_nothing(here: World) -> int:
    """Ask, as a stranger, for paths that exist and paths that do not.

    Args:
        here: The world.

    Returns:
        How many were asked for.

    Raises:
        PromiseBroken: They can be told apart.
    """
    asked = [(method, path) for method in METHODS for path in (*KNOWN, *UNKNOWN)]
    replies = await asyncio.gather(*(here.backend.call(method, path) for method, path in asked))
    for reply in replies:
        if reply.status != 401:
            raise NO_PATHS.broken(
                f"{reply.method} {reply.path} without a token was answered {reply.status}, promised is 401 for all."
            )
    return len(replies)


async def pages_can_read(here: World, user: User) -> None:
    """Let a web page of an allowed origin make mistakes of several kinds.

    Args:
        here: The world; its platform allows `PAGE`.
        user: Somebody who is logged in.

    Raises:
        PromiseBroken: The browser would hide an answer from the page.
    """
    page, token = {"Origin": PAGE}, user.token()
    replies = await asyncio.gather(
        here.auth.call("GET", here.auth.dialect.calls["me"].path, headers=page),
        here.auth.call("POST", here.auth.dialect.calls["login"].path, body={"email": 1}, headers=page),
        here.backend.call("GET", "/api/threads", headers=page),
        here.backend.call("GET", f"/api/threads/{uuid.uuid4()}", token=token, headers=page),
        here.backend.call("PUT", "/api/threads", token=token, headers=page),
        here.backend.call("GET", "/api/threads", token=token, query={"limit": "x"}, headers=page),
        here.backend.call("GET", "/api/threads", token=token, headers=page),
    )
    for reply in replies:
        allowed = reply.headers.get("access-control-allow-origin")
        if allowed not in (PAGE, "*"):
            raise PAGES_READ.broken(
                f"{reply.method} {reply.path} was answered {reply.status} without Access-Control-Allow-Origin"
                f" for {PAGE}: its page sees a network error instead."
            )


def _hide(reply: Reply) -> str:
    token = str(reply.body.get("access_token", "")) if isinstance(reply.body, dict) else ""
    if token:
        secret(token)
    return token
