"""Errors in a dialect: where code and words stand, over HTTP and in frames."""

from dataclasses import dataclass
from typing import Any

from goldenpath.targets.checked import Section
from goldenpath.targets.paths import first

_CODE, _MESSAGE, _TRACE = ("error.code",), ("error.message",), ("error.trace_id",)


@dataclass(frozen=True, slots=True)
class ErrorReading:
    """Where an error says what it has to say; best place first.

    Args:
        code: Of the code.
        message: Of the plain words.
        trace_id: Of the trace.
        retry_after_s: Of the seconds to wait.
    """

    code: tuple[str, ...] = _CODE
    message: tuple[str, ...] = _MESSAGE
    trace_id: tuple[str, ...] = _TRACE
    retry_after_s: tuple[str, ...] = ("error.retry_after_s",)

    @classmethod
    def described(cls, section: Section) -> "ErrorReading":
        """Read where an error says what.

        Args:
            section: The table ``errors``.

        Returns:
            The reading.

        Raises:
            TargetError: A key is unknown or a value is of the wrong type.
        """
        usual = cls()
        reading = cls(
            code=section.texts("code", usual.code),
            message=section.texts("message", usual.message),
            trace_id=section.texts("trace_id", usual.trace_id),
            retry_after_s=section.texts("retry_after_s", usual.retry_after_s),
        )
        section.close()
        return reading

    def error(self, body: Any) -> dict[str, Any]:
        """Read an error.

        Args:
            body: The answer's body or the frame; a plain text is the words themselves.

        Returns:
            The contract's ``{code, message, trace_id, retry_after_s}``, what is there of it.
        """
        if isinstance(body, str):
            return {"message": body} if body else {}
        found = {
            "code": first(body, self.code),
            "message": first(body, self.message),
            "trace_id": first(body, self.trace_id),
            "retry_after_s": first(body, self.retry_after_s),
        }
        return {name: value for name, value in found.items() if value is not None}
