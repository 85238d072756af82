"""The kit that defects are made with: every kind of seam, the count of its calls, and what is refused in a sentence."""

import asyncio
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from sut.defects.finding import load, names
from sut.defects.kit import Defect, DefectError, Seams

DEFECTS = [sys.executable, "-m", "sut.defects"]
HERE = "tests_platform_of_seams"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(HERE, Path(__file__).with_name("seams_of_all_kinds.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, HERE, module)
    return module


@pytest.fixture
def seams() -> Seams:
    return Seams(Defect(name="own.one", seen="…", caught_by=("1176-A1",), expects=("five-events",)))


def other(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: f"not {original(*args)}"


def test_function(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:plain", other)
    assert (platform.plain("a"), seams.calls) == ("not a", 1)


def test_method(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Thing.method", other)
    assert (platform.Thing().method(), seams.calls) == ("not thing", 1)


def test_method_of_a_base_is_replaced_for_the_heir_alone(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Heir.method", other)
    assert (platform.Heir().method(), platform.Thing().method(), seams.calls) == ("not thing", "thing", 1)


def test_method_of_one_object(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:thing.method", other)
    assert (platform.thing.method(), platform.Thing().method(), seams.calls) == ("not one", "thing", 1)


async def test_coroutine(platform: Any, seams: Seams) -> None:
    def late(original: Any) -> Any:
        async def later(self: Any) -> str:
            return f"not {await original(self)}"

        return later

    seams.replace(f"{HERE}:Thing.later", late)
    assert asyncio.iscoroutinefunction(platform.Thing.later)
    assert (await platform.Thing().later(), seams.calls) == ("not thing", 1)


async def test_async_generator(platform: Any, seams: Seams) -> None:
    def fewer(original: Any) -> Any:
        async def several(self: Any) -> AsyncIterator[str]:
            async for word in original(self):
                yield f"not {word}"
                return

        return several

    seams.replace(f"{HERE}:Thing.several", fewer)
    assert [word async for word in platform.Thing().several()] == ["not thing"]
    assert seams.calls == 1


def test_static_method(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Thing.static", other)
    assert (platform.Thing.static("a"), platform.Thing().static("a"), seams.calls) == ("not a", "not a", 2)


def test_class_method(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Thing.made", lambda made: lambda cls, word: made(cls, f"not {word}"))
    assert (platform.Thing.made("a").name, seams.calls) == ("not a", 1)


def test_property_keeps_its_setter(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Thing.title", lambda title: lambda self: f"not {title.fget(self)}")
    thing = platform.Thing()
    thing.title = "a"
    assert (thing.title, seams.calls) == ("not a", 1)


def test_cached_property(platform: Any, seams: Seams) -> None:
    seams.replace(f"{HERE}:Thing.once", lambda once: lambda self: f"not {once.func(self)}")
    thing = platform.Thing()
    assert (thing.once, thing.once, seams.calls) == ("not thing", "not thing", 1)


@pytest.mark.parametrize("name", ["Thing", "Bare"])
def test_class(platform: Any, seams: Seams, name: str) -> None:
    seams.replace(f"{HERE}:{name}", lambda original: type("Other", (original,), {"other": True}))
    made = getattr(platform, name)()
    assert (made.other, seams.calls) == (True, 1)


def test_constant(platform: Any, seams: Seams) -> None:
    seams.set(f"{HERE}:LIMIT", 5)
    assert (platform.LIMIT, seams.calls) == (5, 0)
    seams.reached()
    assert seams.calls == 1


@pytest.mark.parametrize(
    ("seam", "told"),
    [
        ("no_such_module:plain", "there is no seam no_such_module:plain"),
        (f"{HERE}:no_such", "there is no seam"),
        (f"{HERE}:Thing.no_such", "there is no seam"),
        (f"{HERE}:Nobody.method", "there is no seam"),
        (f"{HERE}", "there is no seam"),
        (f"{HERE}:LIMIT", "cannot be called"),
    ],
)
def test_what_is_no_seam(platform: Any, seams: Seams, seam: str, told: str) -> None:
    with pytest.raises(DefectError, match=f"own.one: .*{told}"):
        seams.replace(seam, other)


def test_what_cannot_stand_there(platform: Any, seams: Seams) -> None:
    with pytest.raises(DefectError, match="cannot be called: 3"):
        seams.replace(f"{HERE}:plain", lambda _: 3)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "no dots"}, "no name of a defect"),
        ({"name": "../auth.x"}, "no name of a defect"),
        ({"caught_by": ()}, "must not be empty"),
        ({"expects": ()}, "must not be empty"),
        ({"expects": "five-events"}, "are tuples"),
        ({"expects": ("a", "b")}, "two with why_two"),
        ({"expects": ("a", "b", "c"), "why_two": "…"}, "two with why_two"),
        ({"service": "sut.edge"}, "no service 'sut.edge'"),
    ],
)
def test_descriptions_are_checked(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(DefectError, match=told):
        Defect(**({"name": "own.one", "seen": "…", "caught_by": ("1176-A1",), "expects": ("a",)} | changed))


def test_calls_are_told_at_once_because_a_killed_process_tells_nothing(tmp_path: Path) -> None:
    script = """
import os, signal
from sut.defects.kit import Defect, Seams
seams = Seams(Defect(name="own.one", seen="…", caught_by=("1176-A1",), expects=("a",)))
seams.replace("os.path:basename", lambda original: original)
for _ in range(12):
    os.path.basename("a/b")
os.kill(os.getpid(), signal.SIGKILL)
"""
    process = subprocess.Popen([sys.executable, "-c", script], env={"GP_DEFECTS_REACHED": str(tmp_path)})
    process.wait(20)
    assert (tmp_path / f"own.one.{process.pid}").read_text() == "12"


def test_nothing_is_told_of_a_seam_that_nobody_used(
    platform: Any, seams: Seams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GP_DEFECTS_REACHED", str(tmp_path))
    seams.replace(f"{HERE}:plain", other)
    assert list(tmp_path.iterdir()) == []


def sut_defects(*arguments: str) -> SimpleNamespace:
    done = subprocess.run([*DEFECTS, *arguments], capture_output=True, text=True, timeout=60, check=False)
    return SimpleNamespace(code=done.returncode, out=done.stdout, told=done.stderr)


def test_every_known_defect_can_be_applied() -> None:
    done = sut_defects("--check", ",".join(names()))
    assert (done.code, done.told) == (0, "")


def test_every_known_defect_says_where_it_stands() -> None:
    listed = json.loads(sut_defects("--list").out)
    assert [one["name"] for one in listed] == names()


GOOD = """
from sut.defects.kit import Defect, Seams
DEFECT = Defect(name="own.good", seen="…", caught_by=("1176-A1",), expects=("five-events",))
def apply(seams):
    seams.replace("sut.common.tokens:__name__", lambda it: it)
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("this is no Python", "cannot be loaded: SyntaxError"),
        ("raise OSError('broken')", "cannot be loaded: OSError: broken"),
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError"),
        ("", "is no defect: it needs DEFECT"),
        ("DEFECT = 1\ndef apply(seams): pass", "is no defect: it needs DEFECT"),
        (GOOD, "there is no seam|cannot be called"),
        (GOOD.replace("sut.common.tokens:__name__", "sut.nobody:nothing"), "there is no seam sut.nobody:nothing"),
        (GOOD.replace('seams.replace("sut.common.tokens:__name__", lambda it: it)', "pass"), "replaces no seam"),
        (GOOD.replace('seams.replace("sut.common.tokens:__name__", lambda it: it)', "1 / 0"), "ZeroDivisionError"),
        (GOOD.replace("own.good", "Own Good"), "no name of a defect"),
    ],
)
def test_broken_modules_are_refused_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    done = sut_defects("--check", str(file))
    assert done.code == 2
    assert "Traceback" not in done.told
    assert len(done.told.splitlines()) == 1
    assert re.search(told, done.told)


@pytest.mark.parametrize(
    "name", ["auth.no_such", "auth", "..kit", "kit.kit", "/no/such/file.py", "auth.secret_split.x"]
)
def test_unknown_names(name: str) -> None:
    with pytest.raises(DefectError, match="There is no defect"):
        load(name)


def test_wrong_command_lines_are_answered_with_the_usage() -> None:
    done = sut_defects("--nonsense")
    assert done.code == 2
    assert "--list" in done.told


def test_the_defect_that_is_shown_in_the_docs_can_be_applied(tmp_path: Path) -> None:
    shown = re.search(
        r"```python\n(.*?)```", (Path(__file__).parents[3] / "docs" / "proof.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert shown
    (tmp_path / "mine.py").write_text(shown[1], encoding="utf-8")
    assert sut_defects("--check", str(tmp_path / "mine.py")).code == 0
