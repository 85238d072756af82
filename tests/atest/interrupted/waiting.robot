*** Settings ***
Documentation       A test that is busy waiting on an open socket when its run is interrupted.

Resource            ../../../keywords/people.resource

Test Timeout        2 minutes


*** Test Cases ***
Somebody Waits For An Answer To Nothing
    [Documentation]    FAIL
    ${ada} =    A Connected User    Ada
    Log    waiting    console=True
    Event Arrives    ${ada}    agent_completed    within=100 seconds
