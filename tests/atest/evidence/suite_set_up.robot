*** Settings ***
Documentation       The set-up of a whole suite fails.
Resource            ../../../keywords/conversation.resource
Resource            ../../../keywords/people.resource

Suite Setup         The First Answer Is Ten
Test Timeout        60 seconds


*** Test Cases ***
The First Test
    [Documentation]    Business value: none.
    No Operation

The Second Test
    [Documentation]    Business value: none.
    No Operation


*** Keywords ***
The First Answer Is Ten
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
    Answer Arrives In Time    ${run}
    Answer States    ${run}    total_cost    10
