*** Settings ***
Documentation       A reload in the middle of an answer once lost the answer and left the page waiting for ever.
...                 The user's connection is dropped and made again; the running answer must still arrive.
Metadata            Issue    1176

Resource            ../keywords/chat.resource
Library             goldenpath.JudgeLibrary

Suite Setup         Meet Ada
Suite Teardown      Everyone Leaves
Test Timeout        30 seconds

Test Tags           websocket


*** Variables ***
${QUESTION}    How much did we spend on gpt-4o in May?
@{MODELS}      gpt-4o    claude


*** Test Cases ***
Reconnecting Keeps The Running Answer
    [Documentation]    Plan name: test_websocket_connection_cleanup_race_condition.
    ...    Business value: all tiers; a lost answer after a reload is a lost customer.
    [Tags]    1176-w3    mission-critical
    ${ada} =    A Logged-In User
    ${run} =    Start Asking    ${ada}    ${QUESTION}
    Drop The Connection    ${ada}
    Reconnect    ${ada}
    Answer Arrives In Time    ${run}

A Full Journey
    [Documentation]    Plan name: test_full_journey.
    ...    Business value: all tiers; nobody can work.
    [Tags]    1176-j1
    GROUP    Come in
        ${ada} =    Register A User
        Log In    ${ada}
        Connect    ${ada}
    END
    GROUP    Ask
        ${run} =    Start Asking    ${ada}    ${QUESTION}
        Acknowledgement Arrives    ${run}
        Five Events Arrive In Order    ${run}
        Answer Equals The Books    ${run}
    END
    GROUP    Ask again
        ${next} =    Start Asking    ${ada}    And in June?
        Answer Arrives In Time    ${next}
        Answer Uses The Context    ${next}    ${run}
    END
    GROUP    Look behind
        History Holds    ${ada}    ${run}
        Database Holds    ${run}
        Cache Holds    ${run}
    END
    GROUP    Leave
        Log Out    ${ada}
        Token Is Dead    ${ada}
        Socket Is Dead    ${ada}
    END


*** Keywords ***
Meet Ada
    VAR    ${ADA} =    A Logged-In User    scope=SUITE
    ${seen}    ${lost} =    Count Frames    ${ADA}    models=${MODELS}
    Log Many    ${seen}    ${lost}
