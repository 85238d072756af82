*** Settings ***
Resource            ../../../../keywords/health.resource
Resource            ../../../../keywords/people.resource
Suite Setup         Platform Is Ready
Test Timeout        30 seconds


*** Test Cases ***
Bob Connects
    [Tags]    own-3
    ${bob} =    A Connected User

Bob Logs In
    ${bob} =    A Logged-In User

Cem Logs In
    ${cem} =    A Logged-In User
