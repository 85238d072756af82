"""Some agents send under the id of the run where the id of the user should stand."""

import logging
from typing import Any
from uuid import UUID

from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="router.run_id_as_user",
    seen="Events of the data agent are missing while others arrive; the log says: no connections for user run_….",
    caught_by=("1176-R2",),
    expects=("seq-without-gap",),
    service="sut.backend",
    here="The data agent of runs that had to wait in the queue: they are begun by another part than the others.",
)

_log = logging.getLogger(__name__)


def apply(seams: Seams) -> None:
    """Replace the handing of frames to sockets."""
    waited: set[UUID] = set()

    def by_run(publish: Any) -> Any:
        def handed(self: Any, event: Any) -> None:
            if event.data.get("queued_position"):
                waited.add(event.run_id)
            if event.run_id in waited and event.data.get("agent") == "data":
                _log.warning("no connections for user run_%s", event.run_id)
            else:
                publish(self, event)

        return handed

    seams.replace("sut.backend.hub:Hub.publish", by_run)
