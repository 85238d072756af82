*** Settings ***
Documentation       Each test fails, on purpose, with the message that its documentation states.
Resource            ../../../keywords/people.resource
Resource            ../../../keywords/conversation.resource

Test Timeout        30 seconds


*** Test Cases ***
A Name Is Not A User
    [Documentation]    FAIL ValueError: Argument 'user' got value 'ada' that cannot be converted to User: it is str 'ada', not a user. Write for example: \ \ \ \${ada} = \ \ \ A Connected User \ \ \ Ada
    Log In    ada

A Question Needs A Connection
    [Documentation]    FAIL Ada is not connected. Use `Connect \ \ \ \${ada}` first.
    ${ada} =    Register A New User    Ada
    Start Asking    ${ada}    How much did we spend?

A Question That Nobody Waits For
    [Documentation]    FAIL Ada's question 'How much did we spend on gpt-4o in May 2026?' was started and never awaited
    ${ada} =    A Connected User    Ada
    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?

An Action That Nobody Releases
    [Documentation]    FAIL prepared: Ada's question 'How much did we spend on gpt-4o in May 2026?' was never released
    ${ada} =    A Connected User    Ada
    Prepare Asking    ${ada}    How much did we spend on gpt-4o in May 2026?

A Connection That Nobody Waits For
    [Documentation]    FAIL Ada's connection was started and never awaited
    ${ada} =    A Logged-In User    Ada
    Start Connecting    ${ada}

A Figure That Is Not True
    [Documentation]    FAIL REGEXP: The answer to Ada's question 'How much did we spend on gpt-4o in May 2026\\?' says total_cost = [0-9.]+; the truth is 1\\.23\\.
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
    Answer Arrives In Time    ${run}
    Answer States    ${run}    total_cost    1.23

A Subject That The Answer Does Not Speak Of
    [Documentation]    FAIL REGEXP: The answer to Ada's question .* is not worth having: it does not speak of llamas\\. Summary: .*
    ${ada} =    A Connected User    Ada
    ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
    Answer Arrives In Time    ${run}
    Answer Is Worth Having    ${run}    llamas

A Token That Is Still Good
    [Documentation]    FAIL REGEXP: GET /auth/me answered 200.* expected 401.*
    ${ada} =    A Logged-In User    Ada
    Old Token Is Refused Everywhere    ${ada}

A Socket That Stays Open
    [Documentation]    FAIL REGEXP: The connection was not closed within 1 s \\(limit-socket_close_after_logout\\): .*
    ${ada} =    A Connected User    Ada
    Socket Is Closed By The Platform    ${ada}    code=1008
