"""That a session was ended is known in the memory of one process only."""

from typing import Any

from sut.common.identity import Identity
from sut.common.token_check import session_ended
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="auth.blacklist_memory_only",
    seen="After a logout no key says so in Redis; the process that was told refuses the token, the others accept it.",
    caught_by=("1176-A2",),
    expects=("one-token-one-verdict",),
    service="sut.auth",
    here="The process that was told is the auth service, the others are the backends.",
)


def apply(seams: Seams) -> None:
    """Replace the telling of Redis, and have this process look into its own memory."""
    ended: set[Any] = set()

    def in_memory(_mark: Any) -> Any:
        async def wrong(_cache: Any, sessions: Any, _reason: str) -> None:
            ended.update(sessions)

        return wrong

    def from_memory(known_good: Any) -> Any:
        async def wrong(self: Any, identity: Identity) -> bool:
            if identity.session_id in ended:
                raise session_ended()
            good: bool = await known_good(self, identity)
            return good

        return wrong

    seams.replace("sut.auth.signing_out:mark_ended", in_memory)
    seams.replace("sut.common.token_check:TokenCheck._known_good", from_memory)
