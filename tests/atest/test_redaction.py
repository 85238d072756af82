"""The second wall holds in a real run: what a careless library lets out does not reach the results."""

import base64
import re
import zlib
from pathlib import Path

import pytest
from inner_run import InnerRun, run_inner

# Characters that JSON, HTML, URLs and Python literals all write differently.
PASSWORD = 'Sesame "open" & <käse>/42'
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "eyJzdWIiOiJhZGEifQ" * 12 + ".c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

LIBRARY = """
import base64, json, os
from urllib.parse import quote
from robot.api import logger
from robot.api.deco import library
from goldenpath.reporting.redaction import Redaction, remember_secret

PASSWORD, TOKEN = os.environ["LEAK_PASSWORD"], os.environ["LEAK_TOKEN"]
remember_secret(PASSWORD)


class Judge:  # puts its own words into results and beside them, as listeners of this project do
    def end_test(self, data, result):
        result.message += f" (judge: {{PASSWORD}})"

    def end_suite(self, data, result):
        result.message = f"suite of {{TOKEN}}"
        logger.warn(f"told outside of any test: {{PASSWORD}}")


@library(scope="GLOBAL", auto_keywords=True, listener=[Judge(), {listener}])
class Leaky:
    def log_everywhere(self):
        for level in ("TRACE", "DEBUG", "INFO", "WARN"):
            logger.write(f"{{level}}: {{PASSWORD}} and {{TOKEN}}", level)
        logger.info(json.dumps({{"password": PASSWORD}}))
        logger.info(quote(PASSWORD, safe=""))
        logger.info(base64.b64encode(f"ada:{{PASSWORD}}".encode()).decode())
        logger.info(repr({{"token": TOKEN}}))
        logger.info("told on the console: " + PASSWORD, console=True)

    def give_password(self):
        return PASSWORD

    def give_token(self):
        return TOKEN

    def take(self, text):
        return None

    def fail_with_secrets(self):
        raise AssertionError(f"wrong password {{PASSWORD}} for {{TOKEN}}")
"""

SUITE = """
*** Settings ***
{imports}
Suite Setup       {setup}
Suite Teardown    {teardown}

*** Test Cases ***
Everything Leaks
    Log Everywhere
    ${{password}} =    Give Password
    ${{token}} =    Give Token
    Take    ${{password}}
    VAR    ${{copy}}    ${{token}}
    FOR    ${{each}}    IN    ${{password}}    ${{token}}
        Take    ${{each}}
    END
    Run Keyword And Ignore Error    Fail With Secrets
    Take    eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.bGl0ZXJhbC1pbi10aGUtZGF0YQ
    Fail With Secrets
"""

LITERAL = "bGl0ZXJhbC1pbi10aGUtZGF0YQ"


def leak(
    folder: Path, *options: str, listener: str = "Redaction()", setup: str = "NONE", teardown: str = "NONE"
) -> InnerRun:
    folder.joinpath("Leaky.py").write_text(LIBRARY.format(listener=listener), encoding="utf-8")
    suite = SUITE.format(imports="Library    Leaky.py", setup=setup, teardown=teardown)
    folder.joinpath("leaky.robot").write_text(suite, encoding="utf-8")
    return run_leaky(folder, *options)


def run_leaky(folder: Path, *options: str) -> InnerRun:
    env = {"LEAK_PASSWORD": PASSWORD, "LEAK_TOKEN": TOKEN, "PYTHONIOENCODING": "utf-8"}
    suite = folder / "leaky.robot" if folder.joinpath("leaky.robot").exists() else folder / "parent"
    return run_inner(suite, folder / "results", "--loglevel", "TRACE", "--xunit", "xunit.xml", *options, env=env)


def unpacked(text: str) -> str:
    """A file as it is, and what Robot has compressed in it: long texts in log.html and report.html."""
    packed = re.findall(r'"(eN[A-Za-z0-9+/=]{20,})"', text)  # "eN" is how zlib begins, in base64
    return "\n".join([text, *(zlib.decompress(base64.b64decode(part)).decode("utf-8") for part in packed)])


def leaks(run: InnerRun) -> list[str]:
    """Every place in the results and on the console where some form of a secret stands."""
    # the forms are written out here by hand: a search with the forms of the wall itself would find nothing by itself
    forms = [
        "Sesame",
        "c2lnbmF0dXJl",
        "eyJhbGciOiJIUzI1NiIs",
        LITERAL,
        "YTpTZXNhbWUgIm9wZW4iICYgPGvDpHNlPi80",  # the tail of base64 of ada:password
    ]
    texts = {path.name: unpacked(path.read_text(encoding="utf-8")) for path in run.folder.iterdir() if path.is_file()}
    assert {"output.xml", "log.html", "report.html", "xunit.xml"} <= texts.keys(), run.console
    texts["console"] = run.console
    return [f"{name}: {text[at.start() - 60 : at.end() + 20]}" for name, text in texts.items() for at in
            re.finditer("|".join(map(re.escape, forms)), text)]  # fmt: skip


def test_without_the_wall_the_secrets_are_found(tmp_path: Path) -> None:
    found = leaks(leak(tmp_path, listener="object()"))
    places = {place.split(":")[0] for place in found}
    assert {"output.xml", "log.html", "report.html", "xunit.xml", "console"} <= places
    assert len(found) > 30


def test_a_librarys_listener_takes_all_of_them_out(tmp_path: Path) -> None:
    run = leak(tmp_path)
    assert run.return_code == 1
    assert leaks(run) == []
    status, message, _ = run.tests()["Everything Leaks"]
    assert (status, message) == ("FAIL", "wrong password <secret> for <secret> (judge: <secret>)")


def test_the_option_does_the_same(tmp_path: Path) -> None:
    run = leak(tmp_path, "--listener", "goldenpath.reporting.redaction.Redaction", listener="object()")
    assert run.return_code == 1
    assert leaks(run) == []


@pytest.mark.parametrize("place", ["setup", "teardown"])
def test_a_failed_suite_setup_or_teardown_is_covered(tmp_path: Path, place: str) -> None:
    run = leak(tmp_path, **{place: "Fail With Secrets"})
    assert leaks(run) == []
    assert "<secret>" in run.tests()["Everything Leaks"][1]


def with_parent(folder: Path, imports: str) -> None:
    """A suite whose parent has a setup that leaks; only the child, or both, import the library."""
    parent = folder / "parent"
    parent.mkdir()
    folder.joinpath("Leaky.py").write_text(LIBRARY.format(listener="Redaction()"), encoding="utf-8")
    parent.joinpath("__init__.robot").write_text(
        f"*** Settings ***\n{imports}\nSuite Setup    Fail    signed in with %{{LEAK_TOKEN}}\n", encoding="utf-8"
    )
    suite = SUITE.format(imports="Library    ${CURDIR}/../Leaky.py", setup="NONE", teardown="NONE")
    parent.joinpath("child.robot").write_text(suite, encoding="utf-8")


def test_a_parent_suite_that_imports_the_library_is_covered(tmp_path: Path) -> None:
    with_parent(tmp_path, "Library    ${CURDIR}/../Leaky.py")
    assert leaks(run_leaky(tmp_path)) == []


def test_a_parent_suite_that_does_not_import_it_is_not(tmp_path: Path) -> None:
    """The limit that the listener's documentation states; the option has no such limit."""
    with_parent(tmp_path, "")
    assert leaks(run_leaky(tmp_path)) != []
    assert leaks(run_leaky(tmp_path, "--listener", "goldenpath.reporting.redaction.Redaction")) == []
