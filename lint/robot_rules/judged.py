"""Robocop rule: a suite whose tests nobody judges proves less than it seems to.

Robocop loads this file by its path (`custom_rules` in pyproject.toml), so it imports nothing of this project.
"""

import re
from functools import cache
from pathlib import Path

from robocop.linter.rules import Rule, RuleSeverity, VisitorChecker
from robot.api import get_model
from robot.parsing.model.blocks import File, SettingSection, TestCaseSection
from robot.parsing.model.statements import LibraryImport, ResourceImport

# Each library of the project brings the judge with it.
BRINGS_THE_JUDGE = re.compile(r"goldenpath\.\w+Library$")


class JudgeRule(Rule):
    """The judge runs at the end of every test of a suite that imports one of our libraries, and nowhere else."""

    name = "judge-not-reached"
    rule_id = "GP13"
    message = (
        "The tests of this suite are not judged: import a library of the project, or a resource that does, for example "
        "'Library    goldenpath.JudgeLibrary'"
    )
    severity = RuleSeverity.ERROR


class JudgeChecker(VisitorChecker):  # type: ignore[no-untyped-call]
    """Follows the imports of a suite until one of them brings the judge."""

    judge: JudgeRule

    def visit_File(self, node: File) -> None:
        """Check a file that holds tests."""
        path = Path(self.source_file.path).resolve()
        has_tests = any(isinstance(section, TestCaseSection) for section in node.sections)
        if has_tests and not reaches_the_judge(node, path.parent, frozenset({path})):
            self.judge.report(lineno=1, col=1)


def reaches_the_judge(model: File, folder: Path, seen: frozenset[Path]) -> bool:
    """Tell whether a file imports one of our libraries, itself or through its resources.

    Args:
        model: The parsed file.
        folder: Where it is; paths of resources start there.
        seen: The files on the way to it, so that a circle of imports ends.
    """
    settings = [item for section in model.sections if isinstance(section, SettingSection) for item in section.body]
    names = [item.name for item in settings if isinstance(item, LibraryImport) and item.name]
    if any(BRINGS_THE_JUDGE.match(name) for name in names):
        return True
    resources = [
        resource_path(item.name, folder) for item in settings if isinstance(item, ResourceImport) and item.name
    ]
    return any(
        path.is_file() and path not in seen and reaches_the_judge(parsed(path), path.parent, seen | {path})
        for path in resources
    )


def resource_path(name: str, folder: Path) -> Path:
    """Return where a resource is, as far as its name tells without running anything."""
    plain = name.replace("${/}", "/").replace("${CURDIR}", str(folder))
    return (folder / plain).resolve()


@cache
def parsed(path: Path) -> File:
    """Return a resource's model; many suites share few resources."""
    model: File = get_model(path)
    return model
