"""Rules for this project's Python files that no general tool knows.

Run from the root: `python -m lint.python_rules libraries sut tests benchmarks`.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from lint.findings import Finding, files_below, run_check

MAX_LINES = 500
SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep"})
# Modules that only pass the function on, so that `asyncio.tasks.sleep` is found as well.
SAME_MODULE = {"asyncio.tasks": "asyncio"}
MAY_SLEEP = ("libraries/goldenpath/polling.py", "sut/common/timing.py")

# folder -> packages that must not be imported there, and what to do instead
FORBIDDEN_IMPORTS = {
    **{
        f"libraries/goldenpath/{part}/": ("robot", "keep Robot out of the plain clients: the keyword classes know it")
        for part in ("clients", "history", "platform", "targets")
    },
    "sut/": ("goldenpath", "the platform must not know its suite: share nothing, or move it to sut/common"),
    "libraries/goldenpath/": ("sut", "the suite sees the platform from outside: start it as a process, by module name"),
}
# (file, package) -> why this one import is right all the same
ALLOWED_IMPORTS: dict[tuple[str, str], str] = {}


def check_file(path: Path, *, root: Path | None = None) -> Iterator[Finding]:
    """Yield every finding of one Python file.

    Args:
        path: the file to read.
        root: the project's folder, which decides what place in it the file has; the working directory if not given.
    """
    name = path.resolve().relative_to((root or Path.cwd()).resolve()).as_posix()
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    if lines > MAX_LINES:
        advice = f"{lines} lines, more than {MAX_LINES}: split it so that each file has one subject"
        yield Finding(name, MAX_LINES + 1, "file-too-long", advice)
    try:
        tree = ast.parse(text, filename=name)
    except SyntaxError as error:
        yield Finding(name, error.lineno or 1, "syntax-error", f"make it valid Python: {error.msg}")
        return
    yield from _import_findings(name, tree)
    if name not in MAY_SLEEP:
        yield from _sleep_findings(name, tree)


def _import_findings(name: str, tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            continue
        if isinstance(node, ast.ImportFrom) and node.level > 1:
            advice = "import by the full name from the top package, not relative to a parent folder"
            yield Finding(name, node.lineno, "upward-import", advice)
        for package in _imported_packages(node):
            for folder, (forbidden, advice) in FORBIDDEN_IMPORTS.items():
                refused = name.startswith(folder) and package == forbidden
                if refused and (name, package) not in ALLOWED_IMPORTS:
                    yield Finding(name, node.lineno, "forbidden-import", f"import of {package}: {advice}")


def _imported_packages(node: ast.Import | ast.ImportFrom | ast.Call) -> list[str]:
    """Return the top packages that this node imports, also by `importlib.import_module` or `__import__`."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [] if node.level else [(node.module or "").split(".")[0]]
    if node.args and isinstance(node.args[0], ast.Constant):
        function = ast.unparse(node.func).split(".")[-1]
        if function in ("import_module", "__import__") and isinstance(node.args[0].value, str):
            return [node.args[0].value.split(".")[0]]
    return []


def _sleep_findings(name: str, tree: ast.Module) -> Iterator[Finding]:
    """Yield every use of a sleep, called or only passed on, under whatever name it was imported."""
    known = _names_of_imports(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            used = [f"{_module(node.module)}.{alias.name}" for alias in node.names if not node.level]
        elif isinstance(node, ast.Attribute):
            used = [_full_name(node, known)]
        else:
            continue
        for sleep in SLEEPS.intersection(used):
            allowed = " or ".join(MAY_SLEEP)
            advice = f"{sleep}: wait for the condition itself (goldenpath.polling); only {allowed} may sleep"
            yield Finding(name, node.lineno, "no-sleep", advice)


def _names_of_imports(tree: ast.Module) -> dict[str, str]:
    """Return what each imported name of the file stands for: `{"t": "time"}` for `import time as t`."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return known


def _full_name(node: ast.Attribute, known: dict[str, str]) -> str:
    """Return `asyncio.sleep` for `aio.sleep` after `import asyncio as aio`; empty for anything but plain names."""
    owner = ast.unparse(node.value)
    first, dot, rest = owner.partition(".")
    if first not in known:
        return ""
    return f"{_module(known[first] + dot + rest)}.{node.attr}"


def _module(name: str | None) -> str:
    return SAME_MODULE.get(name or "", name or "")


def main(folders: list[str]) -> int:
    """Check the Python files below the folders and return the exit code."""
    return run_check("python rules", check_file, files_below(folders, ".py"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
