"""Known secrets are found in every form, and ordinary text is left alone."""

import base64
import html
import json
import secrets
import threading
from urllib.parse import quote, quote_plus, urlencode

import jwt
import pytest

from goldenpath.reporting.redaction import MASK, redact, remember_secret

SECRET = 'Tr0ub4dor & "3" <käse>/\\ü+?=x'


@pytest.fixture(autouse=True, scope="module")
def _known() -> None:
    remember_secret(SECRET)


FORMS = {
    "plain": SECRET,
    "json": json.dumps({"password": SECRET}),
    "json, unescaped": json.dumps({"password": SECRET}, ensure_ascii=False),
    "json in html": html.escape(json.dumps({"password": SECRET})),
    "html": html.escape(SECRET),
    "html text": html.escape(SECRET, quote=False),
    "repr": repr({"password": SECRET}),
    "query": urlencode({"password": SECRET}),
    "path": quote(SECRET),
    "form": quote_plus(SECRET),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_found_however_it_is_written(form: str) -> None:
    found = redact(f"before {FORMS[form]} after")
    assert found.startswith("before ")
    assert found.endswith(" after")
    assert MASK in found
    assert "Tr0ub4dor" not in found


def test_lower_case_percent_escapes_are_found() -> None:
    written = "".join(letter if letter.isalnum() and letter.isascii() else
                      "".join(f"%{byte:02x}" for byte in letter.encode()) for letter in SECRET)  # fmt: skip
    assert redact(f"?p={written}&x=1") == f"?p={MASK}&x=1"


@pytest.mark.parametrize("before", ["", "u", "us", "user:", "somebody@golden-path.test:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_it_is_found_inside_base64_wherever_it_stands(before: str, after: str, encode: object) -> None:
    encoded = encode(f"{before}{SECRET}{after}".encode()).decode()  # type: ignore[operator]
    found = redact(f"Basic {encoded}.")
    assert MASK in found
    # at most the characters that hold bits of the neighbours remain, and those of the neighbours themselves
    assert len(found) - len(f"Basic {MASK}.") <= 4 + 4 * (len(before) + len(after)) / 3 + 4


def test_several_secrets_are_found_in_one_text() -> None:
    one, other = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    remember_secret(one)
    remember_secret(other)
    assert redact(f"{one}{other}, {one}") == f"{MASK}{MASK}, {MASK}"


def test_the_longer_of_two_secrets_wins() -> None:
    remember_secret("correct-horse")
    remember_secret("correct-horse-battery")
    assert redact("correct-horse-battery correct-horse") == f"{MASK} {MASK}"


def test_a_long_secret_is_known_by_its_beginning() -> None:
    """Robot cuts an assigned value after 200 characters."""
    opaque = secrets.token_urlsafe(200)
    remember_secret(opaque)
    assert redact(f"${{token}} = {opaque[:200]}...") in (f"${{token}} = {MASK}", f"${{token}} = {MASK}...")


def test_a_jwt_is_found_without_being_known() -> None:
    token = jwt.encode({"sub": "ada", "sid": "1"}, "k" * 32, algorithm="HS256")
    assert redact(f"Authorization: Bearer {token}, x") == f"Authorization: Bearer {MASK}, x"
    assert redact(f"{token[: len(token) // 2]}...").startswith(MASK)
    carrier = "jwt." + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    assert redact(f"Sec-WebSocket-Protocol: jwt-auth, {carrier}") == f"Sec-WebSocket-Protocol: jwt-auth, jwt.{MASK}"


@pytest.mark.parametrize(
    "text",
    ["", "abc", "The answer is 42.", "eyJ is how a token begins", "eyJhbGci", "a.b.c", "9f8e7d6c-1234", "<secret>"],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_very_short_secret_is_not_remembered() -> None:
    remember_secret("abcde")
    remember_secret("")
    assert redact("abcde") == "abcde"


def test_secrets_may_be_added_while_others_log() -> None:
    words = [secrets.token_urlsafe(12) for _ in range(300)]
    leaks: list[str] = []

    def register_and_look(part: list[str]) -> None:
        for word in part:
            remember_secret(word)
            if word in redact(f"- {word} -"):
                leaks.append(word)

    threads = [threading.Thread(target=register_and_look, args=(words[number::3],)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaks == []
