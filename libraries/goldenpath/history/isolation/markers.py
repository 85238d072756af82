"""Random markers with one fixed prefix, and one expression that finds them in every usual encoding.

The prefix alone is searched for; a dictionary then names the owner. So the cost does not grow with the number of users.
"""

import base64
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

# Eight letters: neither they nor their base64 form in any of its alignments, ten characters, are found by chance.
PREFIX = "gpcanary"
DIGITS = 32
# Of a marker that was cut off so many digits are enough to name its owner.
FEWEST_DIGITS = 8

_HEX = "0123456789abcdef"
_UNIT = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})|\\+u00([0-9A-Fa-f]{2})|(.)", re.DOTALL)
_TAIL_OF_BASE64 = r"(?:[A-Za-z0-9+/_-]|\\+/|%(?:25)*2[BbFf]){0,64}"


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker as it was found.

    Args:
        digits: Its hexadecimal digits, in lower case; fewer than `DIGITS` when it was cut off.
        encoding: In which form it stood: ``plain``, ``percent``, ``json``, ``base64``.
    """

    digits: str
    encoding: str

    @property
    def whole(self) -> bool:
        """Whether nothing of it is missing."""
        return len(self.digits) == DIGITS

    def __str__(self) -> str:
        return PREFIX + self.digits + ("" if self.whole else "…")


def new_marker() -> str:
    """Make a marker that nobody else has.

    Returns:
        The prefix and 128 random bits.
    """
    return PREFIX + secrets.token_hex(DIGITS // 2)


def find_markers(text: str) -> Iterator[Marker]:
    """Find the markers in a text, whatever their encoding; those cut off before `FEWEST_DIGITS` are left out.

    Args:
        text: Anything.

    Returns:
        Each marker, in the order of the text.
    """
    for found in _PATTERN.finditer(text):
        marker = _decoded(found[0])
        if len(marker.digits) >= FEWEST_DIGITS:
            yield marker


def _decoded(found: str) -> Marker:
    alignment = next((at for at, form in _BASE64_FORMS if found.startswith(form)), None)
    if alignment is None:
        text = "".join(_character(unit) for unit in _UNIT.finditer(found))
        encoding = "percent" if "%" in found else "json" if "\\" in found else "plain"
        return Marker(text[len(PREFIX) :].lower(), encoding)
    code = re.sub(r"%(?:25)*2[Bb]", "+", re.sub(r"%(?:25)*2[Ff]", "/", found)).replace("\\", "")
    code = "A" * -(-alignment * 8 // 6) + code.replace("-", "+").replace("_", "/")
    decoded = base64.b64decode(code[: len(code) // 4 * 4]) + _rest(code)
    digits = decoded[alignment + len(PREFIX) :].decode("latin-1").lower()[:DIGITS]
    return Marker(digits[: next((i for i, digit in enumerate(digits) if digit not in _HEX), len(digits))], "base64")


def _rest(code: str) -> bytes:
    """Decode the last, open group of four."""
    rest = code[len(code) // 4 * 4 :]
    return base64.b64decode(rest + "=" * (4 - len(rest))) if len(rest) > 1 else b""


def _character(unit: re.Match[str]) -> str:
    code = unit[1] or unit[2]
    return unit[3] if code is None else chr(int(code, 16))


def _base64_forms(text: str) -> Iterator[tuple[int, str]]:
    """Give what is the same in every base64 text that holds this one, for each alignment."""
    raw = text.encode()
    for alignment in range(3):
        coded = base64.b64encode(b"\0" * alignment + raw + b"\0\0\0").decode()
        yield alignment, coded[-(-alignment * 8 // 6) : (alignment + len(raw)) * 8 // 6]


def _alternatives(character: str) -> list[str]:
    """Give the forms of one character, each with a fixed beginning: that is what makes the search fast."""
    low, high = f"{ord(character.lower()):02x}", f"{ord(character.upper()):02x}"
    codes = "|".join("".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in code) for code in {low, high})
    return [character.lower(), character.upper(), rf"%(?:25)*(?:{codes})", rf"\\(?:\\)*u00(?:{codes})"]


def _compiled() -> re.Pattern[str]:
    rest = "".join(f"(?:{'|'.join(_alternatives(character))})" for character in PREFIX[1:])
    digit = r"(?:[0-9a-fA-F]|%(?:25)*(?:3[0-9]|[46][1-6])|\\+u00(?:3[0-9]|[46][1-6]))"
    # No groups around the alternatives: each begins with a plain character, so the search skips to those.
    parts = [f"{first}{rest}{digit}{{0,{DIGITS}}}" for first in _alternatives(PREFIX[0])]
    parts += [f"{re.escape(form)}{_TAIL_OF_BASE64}" for _, form in _BASE64_FORMS]
    return re.compile("|".join(parts))


_BASE64_FORMS = [found for case in (PREFIX, PREFIX.upper()) for found in _base64_forms(case)]
_PATTERN = _compiled()
