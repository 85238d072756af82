"""One token of every bad kind."""

import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from goldenpath.handles import User, secret
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.tokens.forging import claims_of, signed, unsigned, with_another_signature, with_other_claims
from goldenpath.world import World

NOT_ACCEPTED, EXPIRED, ENDED = "UNAUTHENTICATED", "TOKEN_EXPIRED", "SESSION_REVOKED"
LONG_GARBAGE = 3000
HOUR_S = 3600
# what people write into an example and leave there
DEFAULT_SECRETS = (
    "secret",
    "changeme",
    "your-secret-key",
    "dev-secret-key-change-in-production",
    "development-jwt-secret-key-at-least-32-characters",
    "test-jwt-secret-key-32-characters-long-for-testing-only",
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A bad token.

    Args:
        kind: What is wrong with it.
        token: The token; ``None``: there is none.
        code: The documented code of its refusal.
    """

    kind: str
    token: str | None
    code: str = NOT_ACCEPTED


def made_up(user: User) -> list[Specimen]:
    """Make the bad tokens for which nobody needs to know a secret.

    Args:
        user: Whose good token they are made from.

    Returns:
        The specimens.
    """
    good = user.token()
    claims = claims_of(good)
    made = [
        Specimen("missing", None),
        Specimen("short garbage", "x"),
        Specimen("long garbage", secrets.token_urlsafe(LONG_GARBAGE)),
        Specimen("signed wrongly", with_another_signature(good)),
        Specimen("changed after signing", with_other_claims(good, permissions=["admin", "chat", "history"])),
        Specimen("unsigned", unsigned(claims)),
        Specimen("a refresh token", user.refresh_token_text()),
        *(Specimen(f"signed with default secret {n}", signed(claims, key)) for n, key in enumerate(DEFAULT_SECRETS, 1)),
    ]
    return _remembered(made)


def nearly_good(user: User, jwt_secret: str) -> list[Specimen]:
    """Make the bad tokens that bear a right signature.

    Args:
        user: Whose good token they are made from.
        jwt_secret: What the platform signs with.

    Returns:
        The specimens.
    """
    claims, now = claims_of(user.token()), int(time.time())
    past = {"iat": now - 2 * HOUR_S, "nbf": now - 2 * HOUR_S}
    changes: dict[str, tuple[str, dict[str, Any]]] = {
        "expired for an hour": (EXPIRED, {**past, "exp": now - HOUR_S}),
        "expired for a second": (EXPIRED, {**past, "exp": now - 1}),
        "not good yet": (NOT_ACCEPTED, {"nbf": now + HOUR_S}),
        "from another issuer": (NOT_ACCEPTED, {"iss": "https://elsewhere.test"}),
        "for another audience": (NOT_ACCEPTED, {"aud": "another-product"}),
        "of another type": (NOT_ACCEPTED, {"token_type": "service"}),
        "of a user who is not there": (ENDED, {"sub": str(uuid.uuid4()), "sid": str(uuid.uuid4())}),
    }
    return _remembered(
        [Specimen(kind, signed(claims | new, jwt_secret), code) for kind, (code, new) in changes.items()]
    )


async def ended(here: World, user: User) -> Specimen:
    """Make the token of a session that was logged out; the user's own session stays.

    Args:
        here: The world.
        user: Who logs in once more, and out again.

    Returns:
        The specimen.
    """
    reply = (await here.auth.login(user.email, str(user.password.value))).expect(200)
    token = str(reply.body["access_token"])
    secret(token)
    (await here.auth.logout(token)).expect(204)
    return Specimen("revoked", token, ENDED)


async def of_closed_account(here: World, user: User) -> Specimen:
    """Close a user's account where accounts are kept; their token is bad from then on.

    The platform has 30 s to notice; the mark that lets it take that long is removed.

    Args:
        here: The world; its platform is this run's own.
        user: The user.

    Returns:
        The specimen.
    """
    await here.postgres.execute("UPDATE users SET active = false WHERE id = $1::uuid", user.user_id)
    await forget_marks(here)
    return Specimen("of a closed account", user.token(), ENDED)


async def forget_marks(here: World) -> None:
    """Have the platform ask its authority about each session again, as if Redis had been emptied.

    Args:
        here: The world; on a platform that is not this run's own nothing happens.
    """
    if isinstance(here.platform, EmbeddedPlatform):
        await here.cache.forget("session:*")


def _remembered(made: list[Specimen]) -> list[Specimen]:
    for specimen in made:
        if specimen.token is not None and specimen.kind != "short garbage":
            secret(specimen.token)
    return made
