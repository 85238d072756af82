"""Whether what the doors say to one token is one verdict, and the right one."""

from collections.abc import Sequence

from goldenpath.errors import PromiseBroken
from goldenpath.handles import User
from goldenpath.tokens.doors import Said
from goldenpath.tokens.forging import claims_of
from goldenpath.tokens.promises import ONE_VERDICT, OWN_CONTEXT, SAYS_WHY


def insist_on_good(user: User, said: Sequence[Said], which: str = "good token") -> None:
    """Insist that a good token was let in everywhere, as its own user.

    Args:
        user: Whose token it is.
        said: What the doors said.
        which: What to call the token.

    Raises:
        PromiseBroken: A door refused it, or took it for somebody else.
    """
    if any(not one.good for one in said):
        raise ONE_VERDICT.broken(f"{user}'s {which} is promised to be let in at every door; {_told(said)}.")
    insist_on_own_context(user, said)


def insist_on_own_context(user: User, said: Sequence[Said], token: str | None = None) -> None:
    """Insist that doors took a token for its own user, session and permissions.

    Args:
        user: Whose token it is.
        said: What the doors said.
        token: The token; ``None``: the user's newest one.

    Raises:
        PromiseBroken: One took it for something else.
    """
    claims = claims_of(token or user.token())
    session_id = str(claims.get("sid", ""))
    allowed = tuple(sorted(claims["permissions"])) if "permissions" in claims else None
    for one in said:
        if one.user_id and one.user_id != user.user_id:
            raise OWN_CONTEXT.broken(f"{one.door} takes {user}'s token for user {one.user_id}, it is {user.user_id}.")
        if one.session_id and session_id and one.session_id != session_id:
            raise OWN_CONTEXT.broken(f"{one.door} takes {user}'s token for another session than it was issued for.")
        if one.permissions is not None and allowed is not None and one.permissions != allowed:
            raise OWN_CONTEXT.broken(f"{one.door} gives {user} the rights {one.permissions}, the token {allowed}.")


def insist_on_refused(kind: str, said: Sequence[Said], code: str = "") -> None:
    """Insist that a bad token was refused everywhere, for the same reason.

    Args:
        kind: What is wrong with the token.
        said: What the doors said.
        code: The documented code; empty: the platform has codes of its own.

    Raises:
        PromiseBroken: A door let it in, or refused it otherwise.
    """
    if any(not one.refused for one in said):
        raise ONE_VERDICT.broken(f"a token that is {kind} is promised 401 at every door; {_told(said)}.")
    if code and any(one.code != code for one in said):
        raise SAYS_WHY.broken(f"a token that is {kind} is promised {code} at every door; {_told(said)}.")


def insist_on_the_window(what: str, inside: int, tries: int) -> str:
    """Insist that enough tries of a race were one.

    Args:
        what: What raced, as the beginning of a sentence.
        inside: How many tries fell into the window.
        tries: How many there were.

    Returns:
        A line for the log.

    Raises:
        PromiseBroken: Too few: the test is void, it has proven nothing.
    """
    line = f"{what}: {inside} of {tries} tries fell into the window."
    if inside < ENOUGH:
        raise PromiseBroken(f"VOID, nothing is proven: {line} Fewer than {ENOUGH} are no race.")
    return line


ENOUGH = 10


def _told(said: Sequence[Said]) -> str:
    return "; ".join(map(str, said))
