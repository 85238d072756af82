"""The keyword that lets things happen at the same moment."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.barrier import at_the_same_time
from goldenpath.handles import Connecting, Prepared, Run
from goldenpath.keyword_library import keyword_library


@keyword_library
class ConcurrencyLibrary:
    """Releases prepared actions from one barrier."""

    @keyword
    def at_the_same_time(self, *prepared: Prepared) -> list[Run | Connecting]:
        """Do prepared actions at the same moment, and log how close together they really were.

        Args:
            *prepared: What `Prepare Asking`, `Prepare Connecting` … returned.

        Returns:
            The runs or connections that were started, in the order of the arguments.
        """
        for action in prepared:
            action.released = True
        release = runtime.run(at_the_same_time([action.act for action in prepared]))
        logger.info(f"{len(prepared)} actions were released within {release.spread_ms:.3f} ms.")
        return [action.handle for action in prepared]
