*** Settings ***
Documentation       What tags do to a test before its first step.

Library             goldenpath.PlatformLibrary

Test Tags           no-wire


*** Test Cases ***
What Is There Is Used
    [Documentation]    PASS
    [Tags]    needs-database
    No Operation

What Is Not There Is Not Passed
    [Documentation]    SKIP unproven: target embedded does not offer clickhouse, defects
    [Tags]    needs-clickhouse    needs-defects    needs-database
    Fail    A test that lacks what it needs must not begin.
    [Teardown]    Fail    Nor end.

What Nobody Offers Is A Mistake
    [Documentation]    FAIL REGEXP: The tag 'needs-databse' names nothing that a platform can offer. Did you mean 'needs-database'\\?.*
    [Tags]    needs-databse
    Fail    A test whose needs nobody understands must not begin.

An Attack Hits What May Be Hit
    [Documentation]    PASS
    [Tags]    attack
    No Operation
