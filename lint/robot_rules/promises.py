"""Robocop rules for what a test must say about itself: its business value, its plan, its tags.

Robocop loads this file by its path (`custom_rules` in pyproject.toml), so it imports nothing of this project.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from robocop.linter.rules import Rule, RuleSeverity, VisitorChecker
from robot.api import Token
from robot.parsing.model.blocks import Block, File, SettingSection, TestCase, TestCaseSection
from robot.parsing.model.statements import Documentation, Statement

# Something must stand behind the colon, and a variable such as ${EMPTY} is not something.
BUSINESS_VALUE = re.compile(r"^\s*Business value:[ \t]*[^\s$]", re.MULTILINE)
PLAN = re.compile(r"^\s*Plan (?:name|id):[ \t]*[^\s$]", re.MULTILINE)
# `mission-critical`, and the ids of the requirement catalogues as they are: `862-4.1.1`, `limit-first_event`
TAG = re.compile(r"^(?:-?[a-z0-9]+(?:(?:-|(?<=\d)\.(?=\d))[a-z0-9]+)*|(?:limit|ws-\d)-[a-z0-9_]+)$")
TAG_SETTINGS = (Token.TAGS, Token.TEST_TAGS, Token.DEFAULT_TAGS, Token.KEYWORD_TAGS)
EXAMPLES = ("suites", "examples")


class BusinessValueRule(Rule):
    """Reports and failures show who is harmed when a promise breaks; the test is where that is known."""

    name = "business-value-missing"
    rule_id = "GP08"
    message = (
        "Test '{test}' does not say what is lost if it breaks: add a line "
        "'Business value: <who>; <what they lose>' to its [Documentation]"
    )
    severity = RuleSeverity.ERROR


class PlanNameRule(Rule):
    """A test that names its plan can be found from the plan, and a plan without a test is seen."""

    name = "plan-name-missing"
    rule_id = "GP09"
    message = (
        "Test '{test}' does not name its plan: add a line 'Plan name: <name>' or 'Plan id: <id>' to its [Documentation]"
    )
    severity = RuleSeverity.ERROR


class SuiteDocumentationRule(Rule):
    """The first thing that a reader of a suite needs is what broke once, in plain words."""

    name = "suite-documentation-missing"
    rule_id = "GP10"
    message = "This suite file says nothing about itself: start its Settings with 'Documentation    <what it proves>'"
    severity = RuleSeverity.ERROR


class TestTagRule(Rule):
    """Tags carry requirement ids and needs; a test without one is on no page."""

    name = "test-tag-missing"
    rule_id = "GP11"
    message = "Test '{test}' has no tag: add [Tags], or Test Tags for the whole file, with its requirement id"
    severity = RuleSeverity.ERROR


class TagStyleRule(Rule):
    """One spelling for each tag, so that a selection by tag misses nothing."""

    name = "tag-style"
    rule_id = "GP12"
    message = "Tag '{tag}' is not lower-case words joined by hyphens: write '{proposal}'"
    severity = RuleSeverity.ERROR


class PromiseChecker(VisitorChecker):  # type: ignore[no-untyped-call]
    """Reads documentation and tags of suite files and their tests."""

    business_value: BusinessValueRule
    plan_name: PlanNameRule
    suite_documentation: SuiteDocumentationRule
    test_tag: TestTagRule
    tag_style: TagStyleRule

    def visit_File(self, node: File) -> None:
        """Read the file's own settings first: they decide what its tests still have to say."""
        path = Path(self.source_file.path)
        folders = path.resolve().parts[:-1]
        self.is_example = EXAMPLES in pairwise(folders)
        settings = [
            statement
            for section in node.sections
            if isinstance(section, SettingSection)
            for statement in statements(section.body)
        ]
        self.test_tags = any(tag_cells(statement) for statement in settings if statement.type == Token.TEST_TAGS)
        self.default_tags = any(tag_cells(statement) for statement in settings if statement.type == Token.DEFAULT_TAGS)
        is_suite = path.suffix == ".robot" and (
            path.stem == "__init__" or any(isinstance(section, TestCaseSection) for section in node.sections)
        )
        if is_suite and not documentation(settings):
            self.suite_documentation.report(lineno=1, col=1)
        self.generic_visit(node)

    def visit_TestCase(self, node: TestCase) -> None:
        """Check what one test says about itself."""
        own = statements(node.body)
        text = documentation(own)
        if not BUSINESS_VALUE.search(text):
            self.business_value.report(lineno=node.lineno, col=1, end_col=len(node.name) + 1, test=node.name)
        if not self.is_example and not PLAN.search(text):
            self.plan_name.report(lineno=node.lineno, col=1, end_col=len(node.name) + 1, test=node.name)
        own_tags = [statement for statement in own if statement.type == Token.TAGS]
        # an empty [Tags] switches Default Tags off
        has_tags = any(tag_cells(statement) for statement in own_tags) or (self.default_tags and not own_tags)
        if not self.test_tags and not has_tags:
            self.test_tag.report(lineno=node.lineno, col=1, end_col=len(node.name) + 1, test=node.name)
        self.generic_visit(node)

    def visit_Statement(self, node: Statement) -> None:
        """Check the spelling of every tag, of tests and of keywords."""
        if node.type not in TAG_SETTINGS:
            return
        for token in tag_cells(node):
            if TAG.match(token.value) or token.value.startswith("robot:") or "{" in token.value:
                continue
            proposal = re.sub(r"[^a-z0-9.]+", "-", token.value.lower()).strip("-")
            self.tag_style.report(
                lineno=token.lineno,
                col=token.col_offset + 1,
                end_col=token.end_col_offset + 1,
                tag=token.value,
                proposal=proposal,
            )


def statements(body: Iterable[Statement | Block]) -> list[Statement]:
    """Return the statements that stand directly in a section or a test, without its blocks."""
    return [item for item in body if isinstance(item, Statement)]


def documentation(candidates: list[Statement]) -> str:
    """Return the text of the first documentation among the statements, or an empty text."""
    return next((statement.value.strip() for statement in candidates if isinstance(statement, Documentation)), "")


def tag_cells(statement: Statement) -> list[Token]:
    """Return the cells of a tag setting that hold a tag; `NONE` stands for no tag."""
    return [token for token in statement.get_tokens(Token.ARGUMENT) if token.value and token.value.upper() != "NONE"]
