"""A socket is associated under the wrong kind of id, and nobody finds it when there is something to send."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.assoc_wrong_key",
    seen="The run completes, its row says so, and not one event comes on the socket.",
    caught_by=("1176-R1",),
    expects=("handled-once",),
    service="sut.backend",
    here="Sockets that were opened at the other spelling of the path, /v1/ws.",
)


def apply(seams: Seams) -> None:
    """Replace the sending of stored frames on a socket."""

    def not_found(deliver: Any) -> Any:
        def sent(self: Any, event: Any, **added: Any) -> None:
            if self._websocket.url.path != "/v1/ws":
                deliver(self, event, **added)

        return sent

    seams.replace("sut.backend.connection:Connection.deliver", not_found)
