*** Settings ***
Documentation       Each test fails in its own way; what it then tells is looked at from outside.
Resource            ../../../keywords/conversation.resource
Resource            ../../../keywords/people.resource
Resource            ../../../keywords/storage.resource
Library             Breaking.py

Test Timeout        60 seconds


*** Variables ***
${MAY}      How much did we spend on gpt-4o in May 2026?


*** Test Cases ***
A Wrong Figure Für "Ada's" Firma [?]
    [Documentation]    Plan id: own-evidence.
    ...
    ...    Business value: all tiers; a wrong figure
    ...    costs a customer.
    ...
    ...    More words.
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    ${MAY}
    User Watched The Agents Work    ${run}
    The Figure Is Ten    ${run}

A Set-Up Fails
    [Documentation]    Business value: none.
    [Setup]    The First Answer Is Ten
    No Operation

An Unknown Keyword
    [Documentation]    Business value: none.
    No Such Keyword    ${MAY}

A Wrong Argument After A Question
    [Documentation]    Business value: none.
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    ${MAY}
    Answer Arrives In Time    ${run}
    Answer Arrives In Time    ${MAY}

What Is Expected To Fail Leaves No Evidence
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    ${MAY}
    Answer Arrives In Time    ${run}
    Run Keyword And Expect Error    *    The Figure Is Ten    ${run}

A Timeout Of The Test
    [Documentation]    Business value: none.
    [Timeout]    3 seconds
    ${ada} =    A Connected User    Ada
    Language Model Takes Its Time    ${ada}    20 seconds
    ${run} =    Start Asking    ${ada}    ${MAY}
    Answer Arrives In Time    ${run}

A Backend Is Frozen
    [Documentation]    Business value: none.
    ${ada} =    A Connected User    Ada
    Freeze    backend-1
    ${run} =    Start Asking    ${ada}    ${MAY}
    Acknowledgement Arrives    ${run}
    [Teardown]    Thaw    backend-1

A Store Is Frozen
    [Documentation]    Business value: none.
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    ${MAY}
    Answer Arrives In Time    ${run}
    Freeze    valkey
    The Figure Is Ten    ${run}
    [Teardown]    Thaw    valkey

PostgreSQL Is Gone
    [Documentation]    Business value: none.
    ${ada} =    A Connected User    Ada
    Kill    postgres
    ${run} =    Start Asking    ${ada}    ${MAY}
    Acknowledgement Arrives    ${run}


*** Keywords ***
The First Answer Is Ten
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    ${MAY}
    Answer Arrives In Time    ${run}
    The Figure Is Ten    ${run}

The Figure Is Ten
    [Arguments]    ${run}
    Answer States    ${run}    total_cost    10
