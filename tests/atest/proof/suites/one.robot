*** Settings ***
Resource            ../../../../keywords/health.resource
Resource            ../../../../keywords/people.resource
Suite Setup         Platform Is Ready
Test Timeout        30 seconds


*** Test Cases ***
Ada Connects [Again]
    [Tags]    own-1
    ${ada} =    A Connected User

Ada Logs In
    [Tags]    own-2
    ${ada} =    A Logged-In User
