"""The leak scan finds a planted secret in every form, and sees nothing where nothing is."""

import base64
import html
import io
import json
import zlib
from urllib.parse import quote, quote_plus

import jwt
import pytest
import robot

from lint.leaks import Leak, find_leaks, main

# every character that some form of escaping changes
SECRET = "p4ss\"<w&rd>/\\ +é%41'word"
PLAIN_SECRET = "correcthorsebatterystaple"


def xml(text: str) -> str:
    return html.escape(text, quote=True)


def base64_after(prefix: str):
    return lambda text: base64.b64encode(f"{prefix}{text}, and more".encode()).decode()


def packed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def hexed(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


FORMS = {
    "plain": str,
    "JSON": json.dumps,
    "JSON with plain letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON with slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "Python repr": repr,
    "URL": lambda text: quote(text, safe=""),
    "URL path": quote,
    "URL form": quote_plus,
    "URL with every character": hexed,
    "XML": xml,
    "XML with numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "JSON in XML": lambda text: xml(json.dumps(text)),
    "URL in JSON in XML": lambda text: xml(json.dumps("/?q=" + quote(text))),
    "XML in JavaScript": lambda text: json.dumps(xml(text)).replace("</", "\\x3c/"),
    "base64 at 0": base64_after(""),
    "base64 at 1": base64_after("u"),
    "base64 at 2": base64_after("u:"),
    "base64 at 3": base64_after("me:"),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in JSON": lambda text: json.dumps({"Authorization": "Basic " + base64_after("ada:")(text)}),
    "compressed": packed,
    "compressed XML": lambda text: json.dumps(["*short", packed(xml(text) * 20)]),
    "compressed JSON in XML": lambda text: packed(xml(json.dumps({"password": text}))),
}


@pytest.mark.parametrize("secret", [SECRET, PLAIN_SECRET])
@pytest.mark.parametrize("form", FORMS)
def test_a_planted_secret_is_found_in_every_form(tmp_path, form, secret):
    folder = tmp_path / "pabot_results" / "0"
    folder.mkdir(parents=True)
    (folder / ".hidden.txt").write_text(f"before {FORMS[form](secret)} after", encoding="utf-8")
    (tmp_path / "clean.xml").write_text("<robot/>", encoding="utf-8")
    leaks = find_leaks(tmp_path, ["another secret", secret])
    assert {leak.file for leak in leaks} == {"pabot_results/0/.hidden.txt"}
    assert all(leak.what.startswith("secret 2, ") for leak in leaks)
    assert secret not in repr(leaks)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_found_where_another_secret_stands(tmp_path, form):
    (tmp_path / "output.xml").write_text(f"before {FORMS[form]('something quite different')} after", encoding="utf-8")
    assert find_leaks(tmp_path, [SECRET, PLAIN_SECRET]) == []


def token(**header: str) -> str:
    return jwt.encode({"sub": "ada"}, "x" * 32, algorithm="HS256", headers=header)


# under names, because pytest would put the tokens themselves into its report
TOKENS = [
    token(),
    token(kid="a" * 200),
    f"Bearer {token()}",
    f"ws://127.0.0.1/ws?token={token()}&x=1",
    f"prefix.{token()}.suffix",
    json.dumps({"message": f"\n{token()}"}),
    f"jwt.{base64.urlsafe_b64encode(token().encode()).decode().rstrip('=')}",
    "Basic " + base64.b64encode(f"u:{token()}".encode()).decode(),
    jwt.encode({"sub": "ada"}, None, algorithm="none"),
    base64.urlsafe_b64encode(b'{ "typ": "JWT", "alg": "HS256" }').decode().rstrip("=") + ".e30.c2ln",
    packed(token()),
]


@pytest.mark.parametrize("number", range(len(TOKENS)))
def test_a_token_is_found_without_being_told(tmp_path, number):
    (tmp_path / "console.txt").write_text(TOKENS[number], encoding="utf-8")
    leaks = find_leaks(tmp_path, [])
    assert leaks
    assert all(leak.what.startswith("token, sha256 ") for leak in leaks)


NO_TOKENS = [
    "sut.backend.frames",
    "eyes.on.you and ewers.full.of water",
    base64.urlsafe_b64encode(b'{"name": "no header"}').decode().rstrip("=") + ".e30.c2ln",
    "eyJhbGciOiJIUzI1NiJ9 and some.other.words",
    "eNonsense" * 5,
    "eyJ" * 5000,
]


@pytest.mark.parametrize("number", range(len(NO_TOKENS)))
def test_what_only_looks_like_a_token_is_none(tmp_path, number):
    (tmp_path / "console.txt").write_text(NO_TOKENS[number], encoding="utf-8")
    assert find_leaks(tmp_path, [SECRET]) == []


def test_a_secret_in_the_compressed_text_of_a_robot_log_is_found(tmp_path):
    suite = tmp_path / "suite.robot"
    # long and repetitive, so that Robot compresses it in log.html
    suite.write_text(f"*** Test Cases ***\nTest\n    Log    {'the password is ' * 9}{PLAIN_SECRET}\n", encoding="utf-8")
    results = tmp_path / "results"
    code = robot.run(str(suite), outputdir=str(results), stdout=io.StringIO(), stderr=io.StringIO())
    assert code == 0
    log = (results / "log.html").read_text(encoding="utf-8")
    assert PLAIN_SECRET not in log, "Robot no longer compresses: this test proves nothing any more"
    leaks = find_leaks(results, [PLAIN_SECRET])
    assert {leak.file for leak in leaks} == {"log.html", "output.xml"}
    assert any(leak.form.startswith("base64") for leak in leaks)


def test_a_leak_says_where_and_how_but_not_what(tmp_path):
    (tmp_path / "a.txt").write_text(PLAIN_SECRET, encoding="utf-8")
    (leak,) = find_leaks(tmp_path, [PLAIN_SECRET])
    assert isinstance(leak, Leak)
    assert str(leak).startswith("a.txt: secret 1, sha256 ")
    assert str(leak).endswith(" (plain)")


def test_a_search_that_proves_nothing_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file below"):
        find_leaks(tmp_path, [SECRET])
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(ValueError, match="secret 2 has 3 characters") as refused:
        find_leaks(tmp_path, [SECRET, "abc"])
    assert "abc" not in str(refused.value)


@pytest.mark.parametrize(("text", "code"), [("nothing", 0), (PLAIN_SECRET, 1)])
def test_the_command_reads_secrets_from_standard_input(tmp_path, monkeypatch, capsys, text, code):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n{PLAIN_SECRET}\n"))
    assert main([str(tmp_path)]) == code
    assert PLAIN_SECRET not in capsys.readouterr().out
