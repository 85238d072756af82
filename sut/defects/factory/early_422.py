"""While the backend starts, it calls the request wrong instead of itself not ready."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.early_422",
    seen="In the first seconds after the start requests are answered 422 instead of 503 with Retry-After; later 200.",
    caught_by=("1176-W5", "1176-F3"),
    expects=("refused-until-ready", "cold-start-works-or-says-when"),
    why_two="One scenario knocks at every door of a start, the other connects until it is let in.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the question whether the start is done, where requests and upgrades pass it."""

    def early(_require_ready: Any) -> Any:
        def required(app: Any) -> None:
            if not app.state.ready:
                raise PlatformError("INVALID_INPUT", "unknown error")

        return required

    seams.replace("sut.common.web:require_ready", early)
