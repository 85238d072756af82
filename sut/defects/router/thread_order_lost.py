"""What one socket sends is handled in the order in which it happens to be taken."""

from typing import Any

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.thread_order_lost",
    seen="Messages that are sent in a row are stored and answered in another order.",
    caught_by=("1176-R2",),
    expects=("thread-order-kept",),
    service="sut.backend",
    here="What waits is taken from the wrong end.",
)


def apply(seams: Seams) -> None:
    """Replace the line of what waits for one socket."""

    def from_the_end(take: Any) -> Any:
        async def taken(self: Any) -> Any:
            # the end of the socket stays the last thing
            if len(self._items) > 1 and self._items[-1] is not None:
                self._items.insert(0, self._items.pop())
            return await take(self)

        return taken

    seams.replace("sut.backend.inbox:Inbox.take", from_the_end)
