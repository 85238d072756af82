"""What a run is put together by is called with a parameter that has another name by now."""

from typing import Any

from sut.common.errors import PlatformError
from sut.defects.kit import Defect, Seams

DEFECT = Defect(
    name="factory.param_renamed",
    seen="Every user_message is answered with an error, failed to create supervisor; a question over REST works.",
    caught_by=("1176-F1", "1176-F5"),
    expects=("error-codes-documented",),
    broad="No question that comes as user_message gets an answer.",
    service="sut.backend",
)


def apply(seams: Seams) -> None:
    """Replace the handler of questions on the socket."""

    def fails(_handle: Any) -> Any:
        async def user_message(_self: Any, _connection: Any, _frame: Any) -> None:
            raise PlatformError("SUPERVISOR_FAILED", "failed to create supervisor")

        return user_message

    seams.replace("sut.backend.handlers:Handlers._user_message", fails)
