"""The project's own rules for Python files, on small files that break or keep them."""

import pytest

from lint import python_rules

ANYWHERE = "sut/backend/module.py"
LONG = "\n" * (python_rules.MAX_LINES + 1)

REFUSED = [
    (ANYWHERE, "import time\ntime.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, "import time as clock\nclock.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, "from time import sleep\n", 1, "no-sleep"),
    (ANYWHERE, "from time import sleep as pause\npause(1)\n", 1, "no-sleep"),
    (ANYWHERE, "import asyncio\n\nasync def f():\n    await asyncio.sleep(0)\n", 4, "no-sleep"),
    (ANYWHERE, "import asyncio as aio\nx = aio.sleep\n", 2, "no-sleep"),
    (ANYWHERE, "import asyncio\nasyncio.tasks.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, "import asyncio.tasks as t\nt.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, "from asyncio import tasks\ntasks.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, "from asyncio.tasks import sleep\n", 1, "no-sleep"),
    (ANYWHERE, "def f():\n    import anyio\n    anyio.sleep(1)\n", 3, "no-sleep"),
    ("tests/unit/test_x.py", "import time\ntime.sleep(1)\n", 2, "no-sleep"),
    ("sut/backend/timing.py", "import time\ntime.sleep(1)\n", 2, "no-sleep"),
    (ANYWHERE, LONG, 501, "file-too-long"),
    ("libraries/goldenpath/clients/rest.py", "from robot.api import logger\n", 1, "forbidden-import"),
    ("libraries/goldenpath/history/rules.py", "import robot\n", 1, "forbidden-import"),
    ("libraries/goldenpath/platform/llm_server/app.py", "import robot.api\n", 1, "forbidden-import"),
    ("libraries/goldenpath/targets/target.py", "def f():\n    import robot\n", 2, "forbidden-import"),
    ("libraries/goldenpath/polling.py", "import sut.common.errors\n", 1, "forbidden-import"),
    ("libraries/goldenpath/platform/services.py", "from sut import auth\n", 1, "forbidden-import"),
    (
        "libraries/goldenpath/platform/x.py",
        "import importlib\nimportlib.import_module('sut.auth')\n",
        2,
        "forbidden-import",
    ),
    (ANYWHERE, "from goldenpath.polling import wait\n", 1, "forbidden-import"),
    (ANYWHERE, "__import__('goldenpath')\n", 1, "forbidden-import"),
    (ANYWHERE, "from ..common import errors\n", 1, "upward-import"),
    (ANYWHERE, "def f(:\n", 1, "syntax-error"),
]

ACCEPTED = [
    ("libraries/goldenpath/polling.py", "import time\ntime.sleep(1)\n"),
    ("sut/common/timing.py", "import asyncio\n\nasync def pause(s):\n    await asyncio.sleep(s)\n"),
    (ANYWHERE, "from sut.common.timing import pause\npause(1)\n"),
    (ANYWHERE, "import time\ntime.monotonic()\nuser.sleep()\nuser.time.sleep()\n"),
    (ANYWHERE, "# time.sleep(1)\ntext = 'import time; time.sleep(1); import goldenpath'\n"),
    (ANYWHERE, "from .frames import Frame\nfrom . import frames\n"),
    (ANYWHERE, "\n" * python_rules.MAX_LINES),
    ("libraries/goldenpath/AuthLibrary.py", "from robot.api import logger\n"),
    ("libraries/goldenpath/reporting/page.py", "from robot.api import ExecutionResult\n"),
    ("libraries/goldenpath/clients/rest.py", "import robotframework_x\nfrom goldenpath.robot import x\n"),
    ("libraries/goldenpath/platform/services.py", "command = ['python', '-m', 'sut.auth']\n"),
    ("tests/integration/test_x.py", "import goldenpath\nimport sut\n"),
]


def findings(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return list(python_rules.check_file(path, root=root))


@pytest.mark.parametrize(("name", "text", "line", "rule"), REFUSED)
def test_a_broken_rule_is_told_with_its_line(tmp_path, name, text, line, rule):
    found = findings(tmp_path, name, text)
    assert [(finding.path, finding.line, finding.rule) for finding in found] == [(name, line, rule)]


@pytest.mark.parametrize(("name", "text"), ACCEPTED)
def test_what_keeps_the_rules_passes(tmp_path, name, text):
    assert findings(tmp_path, name, text) == []


def test_an_exception_holds_for_its_file_and_package_only(tmp_path, monkeypatch):
    monkeypatch.setitem(python_rules.ALLOWED_IMPORTS, ("sut/one.py", "goldenpath"), "for this test")
    text = "import goldenpath\n"
    assert findings(tmp_path, "sut/one.py", text) == []
    assert len(findings(tmp_path, "sut/two.py", text)) == 1


def test_the_command_prints_one_line_a_finding(tmp_path, monkeypatch, capsys):
    findings(tmp_path, "sut/one.py", "import time\ntime.sleep(1)\nfrom ..a import b\n")
    monkeypatch.chdir(tmp_path)
    assert python_rules.main(["sut"]) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("sut/one.py:3: upward-import: ")
    assert second.startswith("sut/one.py:2: no-sleep: time.sleep: wait for the condition itself")
    assert last == "python rules: 1 files, 2 findings"


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_nothing_to_read_is_no_success(tmp_path, monkeypatch, folder):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert python_rules.main([folder]) == 2
