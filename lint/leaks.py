"""Finds secrets in what a run leaves behind: reports, logs, argument files, captured consoles.

As a library: `find_leaks(folder, secrets)`. As a command, with one secret a line on standard input (never as an
argument, where every user of the machine could read it): `python -m lint.leaks results < secrets`. Tokens are found
without being told, by their form.
"""

import base64
import binascii
import hashlib
import html
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

MIN_SECRET = 8
# How often a text is decoded again: JSON inside XML inside a compressed log is three layers.
MAX_LAYERS = 4

JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\"\\/bfnrt']))")
JSON_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Robot writes long texts of log.html as the base64 of a zlib stream; a token in a WebSocket subprotocol and what stands
# in an Authorization header are base64 as well.
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
ZLIB_HEADER = b"\x78"
# The first part of a JSON web token decodes to an object, so it starts with `{"`, `{ ` or a brace and a line end.
TOKEN = re.compile(r"(?=(e[wy][A-Za-z0-9_-]{6,1000})\.[A-Za-z0-9_-]{2,}\.)")
WHOLE_TOKEN = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, order=True)
class Leak:
    """One secret in one file; it never holds the secret itself.

    Attributes:
        file: the file, relative to the folder that was searched.
        form: how the secret stands there, for example "plain" or "JSON-escaped, base64" (compressed text too).
        what: which secret it is: its place in the list that was given and a fingerprint, or "token".
    """

    file: str
    form: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} ({self.form})"


def find_leaks(folder: Path, secrets: Iterable[str]) -> list[Leak]:
    """Return every secret that can be read in any file below the folder, each once per file and form.

    Args:
        folder: what a run left behind; all its files are read, whatever they are called.
        secrets: the passwords, keys and tokens that must not be there; tokens are found without being listed too.

    Raises:
        ValueError: if a secret is too short to be told from ordinary text.
        FileNotFoundError: if the folder is missing or holds no file: nothing read is nothing proven.
    """
    known = {secret: _describe(number, secret) for number, secret in enumerate(dict.fromkeys(secrets), start=1)}
    needles = [(needle, form, what) for secret, what in known.items() for needle, form in _needles(secret)]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        raise FileNotFoundError(f"no file below {folder}: name the folder that a run left its results in")
    leaks: set[Leak] = set()
    for path in files:
        name = path.relative_to(folder).as_posix()
        for layers, text in _readings(path.read_bytes().decode("utf-8", errors="replace")):
            leaks.update(Leak(name, _form(layers, form), what) for needle, form, what in needles if needle in text)
            leaks.update(Leak(name, _form(layers, "plain"), what) for what in _tokens(text))
    return sorted(leaks)


def _describe(number: int, secret: str) -> str:
    if len(secret) < MIN_SECRET:
        raise ValueError(f"secret {number} has {len(secret)} characters: at least {MIN_SECRET} are needed to search it")
    return f"secret {number}, {_fingerprint(secret)}"


def _fingerprint(text: str) -> str:
    return "sha256 " + hashlib.sha256(text.encode()).hexdigest()[:8]


def _needles(secret: str) -> Iterator[tuple[str, str]]:
    """Yield the secret itself, and what of its base64 is the same whatever stands before and after it."""
    yield secret, "plain"
    for offset in range(3):
        data = bytes(offset) + secret.encode()
        text = base64.b64encode(data).decode().rstrip("=")
        # the first and the last character mix bits of the secret with bits of its neighbours
        first = (0, 2, 3)[offset]
        last = len(text) if len(data) % 3 == 0 else len(text) - 1
        core = text[first:last]
        yield core, "base64"
        if "+" in core or "/" in core:
            yield core.replace("+", "-").replace("/", "_"), "base64"


def _readings(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the text, and what it says when it is decoded, layer by layer, in every way that changes it."""
    seen = {text}
    pending: list[tuple[tuple[str, ...], str]] = [((), text)]
    while pending:
        layers, text = pending.pop()
        yield layers, text
        if len(layers) == MAX_LAYERS:
            continue
        for name, decoded in _decoded(text):
            if decoded not in seen:
                seen.add(decoded)
                pending.append(((*layers, name), decoded))


def _decoded(text: str) -> Iterator[tuple[str, str]]:
    if "\\" in text:
        yield "JSON-escaped", JSON_ESCAPE.sub(_json_character, text)
    if "&" in text:
        yield "XML-escaped", html.unescape(text)
    if "%" in text:
        yield "URL-encoded", unquote_plus(text)
    unpacked = list(_unpacked(text))
    if unpacked:
        yield "base64", "\n".join(unpacked)


def _json_character(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else JSON_CONTROL.get(match[3], match[3])


def _unpacked(text: str) -> Iterator[str]:
    """Yield what base64 in the text says, if it is compressed or readable."""
    for match in BASE64.finditer(text):
        letters = match[0].rstrip("=").replace("-", "+").replace("_", "/")
        # four characters make three bytes; a single one at the end makes none
        whole = letters[:-1] if len(letters) % 4 == 1 else letters
        data = base64.b64decode(whole + "=" * (-len(whole) % 4))
        try:
            yield (zlib.decompress(data) if data.startswith(ZLIB_HEADER) else data).decode()
        except (zlib.error, UnicodeDecodeError):
            continue


def _tokens(text: str) -> Iterator[str]:
    """Yield a description of every JSON web token in the text."""
    for match in TOKEN.finditer(text):
        part = match[1]
        try:
            header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (ValueError, binascii.Error):
            continue
        if isinstance(header, dict) and "alg" in header:
            whole = WHOLE_TOKEN.match(text, match.start())
            yield f"token, {_fingerprint(whole[0] if whole else part)}"


def _form(layers: tuple[str, ...], form: str) -> str:
    return ", ".join([*layers, *([form] if form != "plain" else [])]) or form


def main(folders: list[str]) -> int:
    """Search each folder, print one line a leak, and return the exit code: 1 with leaks, 2 if nothing could be read."""
    secrets = [] if sys.stdin.isatty() else sys.stdin.read().split("\n")
    try:
        leaks = [leak for folder in folders for leak in find_leaks(Path(folder), filter(None, secrets))]
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for leak in leaks:
        print(leak)
    print(f"leaks: {len(leaks)} in {', '.join(folders)}")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
