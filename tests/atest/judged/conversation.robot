*** Settings ***
Documentation       One user asks once; what is sent back is left to the judge.
Resource            ../../../keywords/conversation.resource
Resource            ../../../keywords/health.resource
Resource            ../../../keywords/people.resource

Test Timeout        60 seconds


*** Test Cases ***
Ada Gets Her Answer
    [Documentation]    PASS
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
    Answer Arrives In Time    ${run}

A Page Says That It Is Up
    [Documentation]    PASS
    Service Is Ready    backend
