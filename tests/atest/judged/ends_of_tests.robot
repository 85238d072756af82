*** Settings ***
Documentation       What the judge says at the end of tests that do little or nothing; no platform is started.
Library             goldenpath.JudgeLibrary


*** Test Cases ***
Nothing Passed The Wire
    [Documentation]    FAIL REGEXP: Nothing passed the wire in this test, so the judge saw nothing\\..* tag the test `no-wire`\\.
    No Operation

Something Else Than The Wire
    [Documentation]    PASS
    [Tags]    no-wire
    No Operation

A Skipped Test
    [Documentation]    SKIP not today
    Skip    not today

A Rule That Does Not Exist
    [Documentation]    FAIL REGEXP: The judge has no rule 'greeting-frst'\\. Did you mean .*
    [Tags]    no-wire
    Waive Rule    greeting-frst    because=it is late

A Waiver Without A Reason
    [Documentation]    FAIL REGEXP: Say why .* does not hold in this test: because=…
    [Tags]    no-wire
    Waive Rule    ${RULE}    because=${SPACE}

A Waived Rule
    [Documentation]    PASS
    [Tags]    no-wire
    Waive Rule    ${RULE}    because=the tunnel is closed on purpose

The Test After The Waiver
    [Documentation]    PASS
    [Tags]    no-wire
    No Operation

What Failed Before Is Not Told Twice
    [Documentation]    FAIL broken by itself
    [Tags]    no-wire
    Fail    broken by itself
