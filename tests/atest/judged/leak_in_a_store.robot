*** Settings ***
Documentation       A leak that no test looks at: only the scan of the stores at the end of the suite can find it.
Resource            ../../../keywords/people.resource
Library             planting.py

Test Timeout        60 seconds


*** Test Cases ***
Something Of Ada Gets Into The Stores Of Bob
    [Documentation]    PASS
    ${ada} =    A Logged-In User    Ada
    ${bob} =    A Logged-In User    Bob
    Plant A Row    ${ada}    ${bob}
    Plant A Key    ${ada}    ${bob}

The Last Test Of The Suite
    [Documentation]    FAIL REGEXP: (?=.*row of audit_log)(?=.*key note:).*
    [Tags]    no-wire
    No Operation
