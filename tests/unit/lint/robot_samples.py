"""Small Robot files, each breaking one of the project's rules or keeping to all of them."""

from dataclasses import dataclass
from pathlib import Path

JUDGED = "Library    goldenpath.JudgeLibrary\n"
DOCUMENTED = "*** Settings ***\nDocumentation    What broke once, in plain words.\n"
SETTINGS = DOCUMENTED + "\n" + JUDGED
PLAN = "Plan name: test_sample."
VALUE = "Business value: all tiers; nobody can work."
TAGS = "[Tags]    1176-w3"


@dataclass(frozen=True)
class Sample:
    """One file: the rule that it must break (none: it must pass everything), its name and its text."""

    rule: str
    name: str
    text: str
    folder: str = "suites/issue"

    @property
    def path(self) -> Path:
        return Path(self.rule or "accepted", self.folder, self.name)


def suite_file(
    *steps: str, doc: tuple[str, ...] = (PLAN, VALUE), extra: tuple[str, ...] = (TAGS,), head: str = SETTINGS
) -> str:
    """Return a suite file with one test, which says of itself what `doc` and `extra` hold."""
    documentation = ["    [Documentation]    " + "\n    ...    ".join(doc)]
    lines = documentation + [f"    {line}" for line in (*extra, *steps)]
    separator = "\n\n" if head else ""
    return f"{head}{separator}*** Test Cases ***\nThe Promise Is Kept\n" + "\n".join(lines) + "\n"


def resource_file(*steps: str, extra: tuple[str, ...] = ()) -> str:
    """Return a resource file with one keyword."""
    lines = [f"    {line}" for line in ("[Documentation]    Wait for the answer.", *extra, *steps)]
    return f"{SETTINGS}\n\n*** Keywords ***\nThe Answer Is Complete\n" + "\n".join(lines) + "\n"


def steps(rule: str, **calls: str) -> list[Sample]:
    """Return one suite file for each call, which stands there as a step before an innocent one."""
    return [
        Sample(rule, f"{name}.robot", suite_file(*call.split("\n"), "Answer Arrives    in time"))
        for name, call in calls.items()
    ]


def keyword(rule: str, call: str) -> Sample:
    """Return a resource file whose keyword makes the call."""
    return Sample(rule, "keyword.resource", resource_file(*call.split("\n"), "Answer Arrives    in time"))


def settings(*lines: str) -> str:
    """Return a settings section with more lines, each a group of its own."""
    return SETTINGS + "".join(f"\n{line}\n" for line in lines)


VARIABLES = SETTINGS + "\n\n*** Variables ***\n{}\n"


def importing(*imports: str) -> str:
    """Return a suite file with these imports and no others."""
    return suite_file("Log In", head=DOCUMENTED + "\n" + "".join(f"{line}\n" for line in imports))


def importing_resource(*imports: str) -> str:
    """Return a resource file with these imports and one keyword."""
    return resource_file("Log In").replace(JUDGED, "".join(f"{line}\n" for line in imports))


SAMPLES = [
    *steps(
        "GP01",
        plain="Sleep    1s",
        library_prefix="BuiltIn.Sleep    1s",
        module_prefix="robot.libraries.BuiltIn.Sleep    1s",
        lower_case="sleep    1s",
        underscore="S_leep    1s",
        spaced="builtin . s l e e p    1s",
        after_bdd_word="And Sleep    1s",
        argument="Run Keyword    Sleep    1s",
        named_argument="Run Later    keyword=Sleep",
        nested="Run Keywords    Log In    AND    Run Keyword    BuiltIn.Sleep    1s",
        argument_of_own_keyword="At The Same Time    sleep    1s",
        variable="VAR    ${pause} =    Sleep\nRun Keyword    ${pause}    1s",
        in_group="GROUP    Ask\n    Sleep    1s\n    Log In\nEND",
    ),
    Sample("GP01", "setup.robot", suite_file("Log In", extra=(TAGS, "[Setup]    Sleep    1s"))),
    Sample("GP01", "teardown.robot", suite_file("Log In", "[Teardown]    Sleep    1s")),
    Sample("GP01", "template.robot", suite_file("1s", extra=(TAGS, "[Template]    Sleep"))),
    Sample("GP01", "suite_setup.robot", suite_file("Log In", head=settings("Suite Setup    Sleep    1s"))),
    Sample("GP01", "alias.robot", suite_file("Clock.Sleep    1s", head=settings("Library    BuiltIn    AS    Clock"))),
    Sample(
        "GP01", "variables.robot", suite_file("Run Keyword    ${PAUSE}", head=VARIABLES.format("${PAUSE}    Sleep"))
    ),
    keyword("GP01", "Sleep    1s"),
    *steps(
        "GP02",
        plain="${sum} =    Evaluate    1 + 1",
        library_prefix="${sum} =    BuiltIn.Evaluate    1 + 1",
        upper_case="${sum} =    EVALUATE    1 + 1",
        argument="${sum} =    Run Keyword    Evaluate    1 + 1",
    ),
    keyword("GP02", "Evaluate    1 + 1"),
    *steps(
        "GP03",
        scalar="Answer Says    ${{ 1 + 1 }}",
        inside_text="Answer Says    it is ${{ 1 + 1 }} dollars",
        list="Answer Lists    @{{ [1, 2] }}",
        dictionary="Answer Holds    &{{ {'a': 1} }}",
        after_escaped_backslash=r"Answer Says    \\${{ 1 + 1 }}",
        assignment="VAR    ${sum} =    ${{ 1 + 1 }}",
    ),
    Sample("GP03", "documentation.robot", suite_file("Log In", doc=(PLAN, VALUE, "Since ${{ 1 + 1 }}."))),
    Sample("GP03", "variables.robot", suite_file("Ask    ${SUM}", head=VARIABLES.format("${SUM}    ${{ 1 + 1 }}"))),
    keyword("GP03", "Answer Says    ${{ 1 + 1 }}"),
    *steps(
        "GP04",
        inline_if="IF    ${READY}    Log In    ELSE    Register",
        assigning_if="${ada} =    IF    ${READY}    Log In    ELSE    Register",
        block_if="IF    ${READY}\n    Log In\nELSE IF    ${LATE}\n    Register\nEND",
        loop="FOR    ${user}    IN    ada    bob\n    Log In    ${user}\nEND",
        open_loop="WHILE    ${READY}    limit=3\n    Log In\nEND",
        catch="TRY\n    Log In\nEXCEPT    refused\n    Register\nEND",
        in_group="GROUP    Ask\n    IF    ${READY}    Log In\n    Register\nEND",
        keyword_form="Run Keyword If    ${READY}    Log In",
        repetition="Repeat Keyword    3 times    Log In",
    ),
    keyword("GP04", "FOR    ${user}    IN    ada    bob\n    Log In    ${user}\nEND"),
    *steps(
        "GP05",
        ignored="Run Keyword And Ignore Error    Log In",
        status="Run Keyword And Return Status    Log In",
        downgraded="Run Keyword And Warn On Failure    Log In",
        passed="Pass Execution    good enough",
        library_prefix="BuiltIn.Run Keyword And Ignore Error    Log In",
        glued="runkeywordandreturnstatus    Log In",
        argument="Run Keyword    Run_Keyword_And_Ignore_Error    Log In",
    ),
    Sample("GP05", "tag.robot", suite_file("Log In", extra=(f"{TAGS}    robot:skip-on-failure",))),
    keyword("GP05", "Run Keyword And Return Status    Log In"),
    *steps(
        "GP06",
        plain="Wait Until Keyword Succeeds    5s    1s    Log In",
        library_prefix="BuiltIn.Wait Until Keyword Succeeds    5s    1s    Log In",
        argument="Run Keyword    wait_until_keyword_succeeds    5s    1s    Log In",
    ),
    keyword("GP06", "Wait Until Keyword Succeeds    5s    1s    Log In"),
    *steps(
        "GP07",
        plain="Set Global Variable    ${ADA}    ada",
        library_prefix="BuiltIn.Set Global Variable    ${ADA}    ada",
        argument="Run Keyword    set_global_variable    ${ADA}    ada",
        var_syntax="VAR    ${ADA} =    ada    scope=GLOBAL",
    ),
    keyword("GP07", "Set Global Variable    ${ADA}    ada"),
    Sample("GP08", "missing.robot", suite_file("Log In", doc=(PLAN,))),
    Sample("GP08", "no_documentation.robot", suite_file("Log In", doc=(PLAN, "Business value:"))),
    Sample("GP08", "empty_variable.robot", suite_file("Log In", doc=(PLAN, "Business value: ${EMPTY}"))),
    Sample("GP08", "not_a_line.robot", suite_file("Log In", doc=(PLAN, f"No {VALUE}"))),
    Sample("GP08", "example.robot", suite_file("Log In", doc=(PLAN,)), folder="suites/examples"),
    Sample("GP09", "missing.robot", suite_file("Log In", doc=(VALUE,))),
    Sample("GP09", "nothing_behind.robot", suite_file("Log In", doc=(VALUE, "Plan id:"))),
    Sample("GP09", "other_examples.robot", suite_file("Log In", doc=(VALUE,)), folder="suites/journey/examples"),
    Sample("GP10", "missing.robot", suite_file("Log In", head=f"*** Settings ***\n{JUDGED}")),
    Sample("GP10", "__init__.robot", "*** Settings ***\nMetadata    Issue    1176\n", folder="suites/undocumented"),
    Sample("GP11", "missing.robot", suite_file("Log In", extra=())),
    Sample(
        "GP11", "none.robot", suite_file("Log In", extra=("[Tags]    NONE",), head=settings("Default Tags    chat"))
    ),
    Sample("GP12", "capital.robot", suite_file("Log In", extra=("[Tags]    Mission-Critical",))),
    Sample("GP12", "space.robot", suite_file("Log In", extra=("[Tags]    mission critical",))),
    Sample("GP12", "underscore.robot", suite_file("Log In", extra=("[Tags]    mission_critical",))),
    Sample("GP12", "two_hyphens.robot", suite_file("Log In", extra=("[Tags]    mission--critical",))),
    Sample("GP12", "dot.robot", suite_file("Log In", extra=("[Tags]    mission.critical",))),
    Sample("GP12", "test_tags.robot", suite_file("Log In", head=settings("Test Tags    WebSocket"))),
    Sample("GP12", "keyword.resource", resource_file("Log In", extra=("[Tags]    Slow",))),
    Sample("GP13", "no_import.robot", suite_file("Log In", head=DOCUMENTED)),
    Sample("GP13", "other_libraries.robot", importing("Library    RequestsLibrary", "Library    goldenpath.judging")),
    Sample("GP13", "missing_resource.robot", importing("Resource    gone.resource")),
    Sample("GP13", "blind_resource.robot", importing("Resource    blind.resource")),
    Sample("GP13", "circle.robot", importing("Resource    circle.resource")),
    # what must pass: words and names that only look like something refused
    *steps(
        "",
        words="Ask    How long did the jobs sleep?    Please evaluate it. Sleep",
        own_names="Sleep Mode Is Off\nEvaluate Spending    state=asleep",
        dotted_words="Answer Says    They went home.Sleep",
        group="GROUP    Come in\n    Log In\n    Connect    if=needed    for    while    try\nEND",
        escaped_python=r"Ask    What does \${{ x }} mean?",
        braces="Answer Says    {{ x }}    ${USER}",
        expected_error="Run Keyword And Expect Error    TOKEN_EXPIRED*    Log In",
        own_waiting="Wait Until Answer Arrives    5s",
        suite_value="VAR    ${ADA} =    ada    scope=SUITE\nLeave    ${ADA}",
    ),
    keyword("", "Wait Until Answer Arrives    5s"),
    Sample("", "library.robot", importing("Library    goldenpath.AgentLibrary    AS    Agent"), folder="suites/judged"),
    Sample("", "resources.robot", importing("Resource    far.resource"), folder="suites/judged"),
    Sample("", "curdir.robot", importing("Resource    ${CURDIR}${/}near.resource"), folder="suites/judged"),
    Sample("", "sleep.robot", suite_file("Log In", doc=("Sleep", PLAN, VALUE))),
    Sample("", "plan_id.robot", suite_file("Log In", doc=(VALUE, "Plan id: 1176-w3"))),
    Sample("", "example.robot", suite_file("Log In", doc=(VALUE,)), folder="suites/examples"),
    Sample("", "deeper.robot", suite_file("Log In", doc=(VALUE,)), folder="suites/examples/deeper"),
    Sample("", "__init__.robot", SETTINGS, folder="suites/documented"),
    Sample("", "test_tags.robot", suite_file("Log In", extra=(), head=settings("Test Tags    sleep"))),
    Sample("", "default_tags.robot", suite_file("Log In", extra=(), head=settings("Default Tags    chat"))),
    Sample(
        "",
        "tags.robot",
        suite_file("Log In", extra=(f"{TAGS}    862-4.1.1    limit-first_event    ws-1-mission_critical",)),
    ),
    Sample("", "own_tags.robot", suite_file("Log In", extra=("[Tags]    needs-faults    robot:continue-on-failure",))),
    Sample("", "tagged.resource", resource_file("Log In", extra=("[Tags]    robot:private    slow",))),
]

# Resources that some samples import; they are files beside them and no samples themselves.
BESIDE = {
    Path("accepted/suites/judged/far.resource"): importing_resource("Resource    near.resource"),
    Path("accepted/suites/judged/near.resource"): importing_resource("Library    goldenpath.AuthLibrary"),
    Path("GP13/suites/issue/blind.resource"): importing_resource("Library    RequestsLibrary"),
    Path("GP13/suites/issue/circle.resource"): importing_resource("Resource    circle.resource"),
}
