"""Questions in a dialect: the forms in which they can be asked, each a frame with places to fill in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldenpath.errors import UsageError
from goldenpath.targets.checked import Section, nearest

Body = dict[str, Any]

FIELDS = ("content", "thread_id", "client_message_id")
_PLACES = {f"{{{name}}}": name for name in FIELDS}
CONTRACT_FORMS: dict[str, Body] = {
    "user_message": {"type": "user_message", "payload": {f: f"{{{f}}}" for f in FIELDS}},
    "chat_message": {"type": "chat_message", "data": {f: f"{{{f}}}" for f in FIELDS}},
}


@dataclass(frozen=True, slots=True)
class Questions:
    """The forms of a question.

    Args:
        forms: A frame for each, whose ``"{content}"``, ``"{thread_id}"``, ``"{client_message_id}"`` are filled in; the
            first is the usual one.
    """

    forms: Mapping[str, Body]

    @classmethod
    def described(cls, section: Section) -> "Questions":
        """Read the forms.

        Args:
            section: The table ``questions``: a table for each form.

        Returns:
            The forms; the contract's where none is described.

        Raises:
            TargetError: A form has no place for the content.
        """
        forms = {name: table.anything() for name, table in section.tables().items()}
        for name, form in forms.items():
            if "{content}" not in _texts(form):
                raise section.wrong(
                    name, 'has no place for the question. For example: payload = {content = "{content}"}'
                )
        return cls(forms or CONTRACT_FORMS)

    def frame(self, content: str, thread_id: str | None, client_message_id: str, form: str | None = None) -> Body:
        """Write a question.

        Args:
            content: What is asked.
            thread_id: In which thread; ``None`` leaves it out.
            client_message_id: The asker's own id of it.
            form: Which form; ``None``: the usual one.

        Returns:
            The frame.

        Raises:
            UsageError: There is no such form.
        """
        name = form or next(iter(self.forms))
        if name not in self.forms:
            raise UsageError(f"This platform knows no question of the form '{name}'. {nearest(name, self.forms)}")
        filled = _filled(
            self.forms[name], {"content": content, "thread_id": thread_id, "client_message_id": client_message_id}
        )
        return dict(filled)

    def read(self, frame: Body) -> Body:
        """Read a client's frame.

        Args:
            frame: As it was sent.

        Returns:
            A question in the contract's usual form; any other frame as it is.
        """
        for form in self.forms.values():
            if form.get("type") == frame.get("type"):
                payload = {name: value for name, value in _taken(form, frame).items() if value is not None}
                return {"type": "user_message", "payload": payload}
        return frame


def _texts(form: Any) -> set[str]:
    if isinstance(form, dict):
        return {text for value in form.values() for text in _texts(value)}
    return {form} if isinstance(form, str) else set()


def _filled(form: Any, values: Mapping[str, str | None]) -> Any:
    if isinstance(form, dict):
        filled = {name: _filled(value, values) for name, value in form.items()}
        return {name: value for name, value in filled.items() if value is not None}
    return values[_PLACES[form]] if isinstance(form, str) and form in _PLACES else form


def _taken(form: Any, frame: Any) -> dict[str, Any]:
    if isinstance(form, dict) and isinstance(frame, dict):
        parts = (_taken(value, frame.get(name)) for name, value in form.items())
        return {name: value for part in parts for name, value in part.items()}
    return {_PLACES[form]: frame} if isinstance(form, str) and form in _PLACES else {}
