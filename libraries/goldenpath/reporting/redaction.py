"""The second wall against secrets in results: known secrets, and what looks like a token, become ``<secret>``.

The first wall is `robot.api.types.Secret`, which keeps a secret out of every text. This wall is for what gets past it:
an exception that quotes a request, a body that echoes a password, a library that logs its headers.
"""

import base64
import html
import json
import re
import threading
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

MASK = "<secret>"

SHORTEST = 6
"""Characters a text needs to be remembered: a shorter one would blank out ordinary words everywhere."""

# Robot cuts assigned values after 200 characters; of a longer secret this many are enough to know it by.
_KNOWN_BY = 48

_RUN_OF_CHARACTERS = r"[\w+/=%.~-]*"

# JWT: base64url of `{"`, then payload and signature (perhaps cut off); and the same as base64url once more, which is
# how a token travels in a WebSocket subprotocol.
_LOOKS_LIKE_A_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)*|ZXlK[\w+/-]{24,}={0,2}")


class _Registry:
    """The secrets of this process, in every form in which they may turn up, by their first characters.

    A load test knows thousands of secrets, and one expression of them all would take seconds for each long message. So
    only the forms whose first characters do stand in a text are put into an expression.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_head: dict[str, tuple[str, ...]] = {}

    def add(self, text: str) -> None:
        """Remember a text."""
        with self._lock:
            for form in _forms_of(text):
                known = self._by_head.get(form[:SHORTEST], ())
                if len(form) >= SHORTEST and form not in known:
                    self._by_head[form[:SHORTEST]] = (*known, form)

    def redact(self, text: str) -> str:
        """Mask what is known."""
        heads = {text[place : place + SHORTEST] for place in range(len(text) - SHORTEST + 1)}
        with self._lock:
            forms = [form for head in heads & self._by_head.keys() for form in self._by_head[head]]
        if not forms:
            return text
        # longest first: a form may begin with another one
        forms.sort(key=lambda form: (-len(form), form))
        return re.sub("|".join(map(_pattern_of, forms)), MASK, text)


_registry = _Registry()


def remember_secret(text: str) -> None:
    """Keep a secret out of everything that is logged in this process from now on.

    It is found plain, inside JSON, HTML, a URL or a Python literal, and inside base64, wherever it stands there.

    Args:
        text: The secret. One of fewer than six characters is not remembered.
    """
    if len(text) >= SHORTEST:
        _registry.add(text)


def redact(text: str) -> str:
    """Take secrets out of a text.

    Args:
        text: Any text.

    Returns:
        The text with ``<secret>`` in place of each known secret and of each token.
    """
    return _LOOKS_LIKE_A_JWT.sub(MASK, _registry.redact(text))


class _HasMessage(Protocol):
    """What Robot hands to a listener: a log message, or the result of a test or suite."""

    message: str


# Where each kind of body item keeps texts; to ask the others for them makes Robot warn on the console.
_FIELD_WITH_VALUES = {
    "KEYWORD": "args",
    "SETUP": "args",
    "TEARDOWN": "args",
    "FOR": "values",
    "RETURN": "values",
    "VAR": "value",
}


class Redaction:
    """Robot listener (version 3) that takes secrets out of what Robot writes.

    In use as a library's listener, ``@library(listener=Redaction())``, or for a whole run as
    ``--listener goldenpath.reporting.redaction.Redaction``. Robot asks listeners before it writes, so in output.xml,
    log.html, report.html and on the console this covers:

    - every log message of every level, the arguments at TRACE and assigned values among them;
    - the messages of keywords, control structures, tests and suites, their setups and teardowns included;
    - arguments of keywords as written in the data, values of FOR, VAR and RETURN, and values of FOR iterations;
    - Robot's own warnings and errors, which also go to the console.

    It does not cover: what a process writes to its streams directly; names, documentation, tags, metadata, and
    conditions of IF and WHILE, which are data and not results; what ``--debugfile`` tells when a keyword or an
    iteration starts; what other listeners are told before it; pabot's own files, where ``--variable`` stands in clear.

    A library's listener hears nothing from suites that do not import the library, and nothing from before the import:
    a parent suite (``__init__.robot``) with a setup of its own has to import it too.

    It comes after other listeners, so that what they put into a result is covered as well.
    """

    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LISTENER_PRIORITY = -1000

    def log_message(self, message: "_HasMessage") -> None:
        """Rewrite one log message.

        Args:
            message: The message that is about to be written.
        """
        message.message = redact(message.message)

    def message(self, message: "_HasMessage") -> None:
        """Rewrite one message of Robot itself.

        Args:
            message: The message that is about to be written.
        """
        message.message = redact(message.message)

    def end_body_item(self, data: object, result: Any) -> None:
        """Rewrite what a keyword or control structure leaves behind: its message, arguments and values.

        Args:
            data: What was run; left alone, because it may run again.
            result: What is about to be written.
        """
        result.message = redact(result.message)
        field = _FIELD_WITH_VALUES.get(result.type)
        if field:
            found = getattr(result, field)
            setattr(result, field, type(found)(redact(str(item)) for item in found))
        if result.type == "ITERATION" and isinstance(result.assign, dict):  # of FOR: name to value
            result.assign = {name: redact(str(value)) for name, value in result.assign.items()}

    def end_test(self, data: object, result: "_HasMessage") -> None:
        """Rewrite the message of a test.

        Args:
            data: The test; left alone.
            result: What is about to be written.
        """
        result.message = redact(result.message)

    def end_suite(self, data: object, result: "_HasMessage") -> None:
        """Rewrite the message of a suite; Robot repeats it in the tests when a suite's setup or teardown failed.

        Args:
            data: The suite; left alone.
            result: What is about to be written.
        """
        result.message = redact(result.message)


def _forms_of(text: str) -> set[str]:
    """Give the ways in which a text may be written inside other texts."""
    written = {
        text,
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        quote(text),
        quote(text, safe=""),
        quote_plus(text),
    }
    written |= {re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), form) for form in written if "%" in form}
    written |= {html.escape(form, quote=quoted) for form in written for quoted in (True, False)}
    return written | _inside_base64(text.encode("utf-8", "surrogatepass"))


def _inside_base64(secret: bytes) -> set[str]:
    """Give the characters that a secret always causes in base64, whatever stands before and after it.

    Three bytes become four characters, so there are three ways to be aligned; characters that hold bits of the
    neighbours as well are left out.
    """
    forms = set()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + secret).decode("ascii")
        whole_characters = (before + len(secret)) * 8 // 6
        inside = encoded[-(-before * 8 // 6) : whole_characters]
        forms |= {inside, inside.replace("+", "-").replace("/", "_")}
    return forms


def _pattern_of(form: str) -> str:
    """Write the expression that finds one form, also when a long one was cut off."""
    if len(form) > _KNOWN_BY and re.fullmatch(_RUN_OF_CHARACTERS, form):
        return re.escape(form[:_KNOWN_BY]) + _RUN_OF_CHARACTERS
    return re.escape(form)
