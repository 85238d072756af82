"""Robocop rules for what a scenario may call: no sleeping, no inline Python, no logic, nothing that hides a failure.

Robocop loads this file by its path (`custom_rules` in pyproject.toml), so it imports nothing of this project.
"""

import re
from collections.abc import Iterator

from robocop.linter.rules import Rule, RuleSeverity, VisitorChecker
from robot.api import Token
from robot.parsing.model.blocks import File
from robot.parsing.model.statements import (
    ForHeader,
    IfHeader,
    InlineIfHeader,
    LibraryImport,
    Statement,
    TryHeader,
    Var,
    WhileHeader,
)

# `${{ }}`, `@{{ }}` and `&{{ }}`, unless the sign is escaped (an odd number of backslashes before it)
INLINE_PYTHON = re.compile(r"(?<!\\)(?:\\\\)*[$@&]\{\{")
NAMED_ARGUMENT = re.compile(r"^[^=\\${}]+=(?P<value>.+)$", re.DOTALL)
BDD_PREFIX = re.compile(r"^(?:given|when|then|and|but)\s+", re.IGNORECASE)
# Tags that Robot itself obeys: each makes a failure or a whole test disappear.
HIDING_TAGS = frozenset({"robot:skip", "robot:exclude", "robot:skip-on-failure"})
TAG_SETTINGS = (Token.TAGS, Token.TEST_TAGS, Token.DEFAULT_TAGS, Token.KEYWORD_TAGS)
# Cells of these kinds are text or a new name, never a call.
TEXT_SETTINGS = (*TAG_SETTINGS, Token.DOCUMENTATION, Token.METADATA)
NEW_NAMES = (Token.TESTCASE_NAME, Token.KEYWORD_NAME)


class NoSleepRule(Rule):
    """A pause proves nothing: it is too long on a fast day and too short on a slow one."""

    name = "no-sleep"
    rule_id = "GP01"
    message = "'{call}' waits for the clock: wait for the event or state itself, with a keyword that has a limit"
    severity = RuleSeverity.ERROR


class NoEvaluateRule(Rule):
    """Python inside a scenario cannot be read aloud, typed or tested."""

    name = "no-evaluate"
    rule_id = "GP02"
    message = "'{call}' is Python inside a scenario: put it into a typed keyword in libraries/goldenpath"
    severity = RuleSeverity.ERROR


class NoInlinePythonRule(Rule):
    """Python inside a scenario cannot be read aloud, typed or tested."""

    name = "no-inline-python"
    rule_id = "GP03"
    message = "Inline Python '{call}': put it into a typed keyword in libraries/goldenpath"
    severity = RuleSeverity.ERROR


class NoControlStructureRule(Rule):
    """A scenario is one straight path: a branch or a loop in it would need a test of its own."""

    name = "no-control-structure"
    rule_id = "GP04"
    message = "'{call}' is logic in a scenario: write one test per case, or put the logic into a typed Python keyword"
    severity = RuleSeverity.ERROR


class NoHiddenFailureRule(Rule):
    """A failure that is caught, downgraded or skipped over turns a red test green."""

    name = "no-hidden-failure"
    rule_id = "GP05"
    message = "'{call}' hides a failure: call the keyword itself, or a keyword that expects the exact error"
    severity = RuleSeverity.ERROR


class NoBlindRetryRule(Rule):
    """Repeating a keyword until it passes hides how often, and why, it failed."""

    name = "no-blind-retry"
    rule_id = "GP06"
    message = "'{call}' repeats until it passes: use a keyword that waits for one condition and says what it last saw"
    severity = RuleSeverity.ERROR


class NoGlobalVariableRule(Rule):
    """A value shared by all suites couples tests that must run alone, in any order and in parallel."""

    name = "no-global-variable"
    rule_id = "GP07"
    message = "'{call}' couples suites: return the value from a keyword, or use VAR with scope=SUITE in a suite setup"
    severity = RuleSeverity.ERROR


REFUSED_KEYWORDS = {
    NoSleepRule.name: ["Sleep"],
    NoEvaluateRule.name: ["Evaluate"],
    NoControlStructureRule.name: [
        "Run Keyword If",
        "Run Keyword Unless",
        "Run Keyword And Return If",
        "Return From Keyword If",
        "Set Variable If",
        "Repeat Keyword",
    ],
    NoHiddenFailureRule.name: [
        "Run Keyword And Ignore Error",
        "Run Keyword And Return Status",
        "Run Keyword And Warn On Failure",
        "Pass Execution",
        "Pass Execution If",
    ],
    NoBlindRetryRule.name: ["Wait Until Keyword Succeeds"],
    NoGlobalVariableRule.name: ["Set Global Variable"],
}


def normalized(name: str) -> str:
    """Return `name` as Robot compares keyword names: without case, spaces and underscores."""
    return re.sub(r"[\s_]", "", name).casefold()


RULE_OF_KEYWORD = {normalized(keyword): rule for rule, keywords in REFUSED_KEYWORDS.items() for keyword in keywords}


class CallChecker(VisitorChecker):  # type: ignore[no-untyped-call]
    """Finds refused keywords in every place where Robot could run one, and refused syntax."""

    no_sleep: NoSleepRule
    no_evaluate: NoEvaluateRule
    no_inline_python: NoInlinePythonRule
    no_control_structure: NoControlStructureRule
    no_hidden_failure: NoHiddenFailureRule
    no_blind_retry: NoBlindRetryRule
    no_global_variable: NoGlobalVariableRule

    def visit_File(self, node: File) -> None:
        """Learn the names under which this file knows BuiltIn, then look at every statement."""
        self.builtin_names = {"builtin", "robot.libraries.builtin"}
        for section in node.sections:
            for statement in section.body:
                if isinstance(statement, LibraryImport) and normalized(statement.name or "") in self.builtin_names:
                    self.builtin_names.add(normalized(statement.alias or "BuiltIn"))
        self.generic_visit(node)

    def visit_Statement(self, node: Statement) -> None:
        """Look at every cell of a statement: a refused keyword can hide as an argument of another one."""
        for token in node.data_tokens:
            if INLINE_PYTHON.search(token.value):
                self._report(self.no_inline_python, token)
            for name in self._possible_keywords(node, token):
                if name in RULE_OF_KEYWORD:
                    self._report(self.rules[RULE_OF_KEYWORD[name]], token)
                    break
            if node.type in TAG_SETTINGS and token.value.casefold() in HIDING_TAGS:
                self._report(self.no_hidden_failure, token)
        if isinstance(node, IfHeader | InlineIfHeader | ForHeader | WhileHeader | TryHeader):
            self._report(self.no_control_structure, node.get_tokens(node.type)[0])
        if isinstance(node, Var) and (node.scope or "").upper() == "GLOBAL":
            self._report(self.no_global_variable, node.data_tokens[0], call="VAR with scope=GLOBAL")

    def _possible_keywords(self, node: Statement, token: Token) -> Iterator[str]:
        """Yield the normalized keyword names that Robot could take this cell for, without BuiltIn's name."""
        if node.type in TEXT_SETTINGS or token.type in NEW_NAMES:
            return
        named = NAMED_ARGUMENT.match(token.value)
        for text in [token.value] + ([named["value"]] if named else []):
            for candidate in (text, BDD_PREFIX.sub("", text)):
                library, _, keyword = normalized(candidate).rpartition(".")
                if not library or library in self.builtin_names:
                    yield keyword

    def _report(self, rule: Rule, token: Token, call: str = "") -> None:
        rule.report(
            lineno=token.lineno,
            col=token.col_offset + 1,
            end_col=token.end_col_offset + 1,
            call=call or token.value,
        )
