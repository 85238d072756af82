"""What a keyword says when it is handed the wrong thing."""

from collections.abc import Callable
from typing import Any, NoReturn

from goldenpath.handles import Connecting, Prepared, Run, User


def _refuse(wanted: str, example: str) -> Callable[[object], NoReturn]:
    def converter(value: object) -> NoReturn:
        raise ValueError(f"it is {type(value).__name__} '{value}', not {wanted}. Write for example:    {example}")

    converter.__doc__ = f"{wanted.capitalize()}, for example from:    {example}"
    return converter


# Robot calls these only for a value that is not of the type already.
CONVERTERS: dict[type, Callable[[Any], Any] | Callable[[Any, Any], Any]] = {
    User: _refuse("a user", "${ada} =    A Connected User    Ada"),
    Run: _refuse("a question that was asked", "${run} =    Start Asking    ${ada}    How much did we spend?"),
    Prepared: _refuse("a prepared action", "${action} =    Prepare Asking    ${ada}    How much did we spend?"),
    Connecting: _refuse("a connection in the making", "${connection} =    Start Connecting    ${ada}"),
}
