*** Settings ***
Documentation       Issue 1176, part 1: auth token cascades. Auth service, REST and WebSocket each look at a token.
...                 Where they look differently, a user who is logged in is thrown out by one of them, or a stranger is
...                 let in by one of them; and one refusal becomes everybody's.

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/tokens.resource

Suite Setup         Platform Serves Pages Of One Origin
Test Timeout        60 seconds

Test Tags           mission-critical


*** Test Cases ***
One Token Gets One Verdict At Every Door
    [Documentation]    Plan name: test_auth_token_validation_cascade_failure_reproduction.
    ...
    ...    Business value: all tiers; a user who is logged in at one door and a stranger at the next one cannot work,
    ...    and a stranger who is let in at one of them has it all.
    [Tags]    1176-a1
    ${ada} =    A Logged-In User    Ada
    GROUP    Her token is good at every door, and every bad one at none
        Good Token Is Let In Everywhere    ${ada}
        Bad Tokens Are Refused Everywhere    ${ada}
        Good Token Is Let In Everywhere    ${ada}
    END
    GROUP    So is the token that she gets by a refresh, and the agents work for her
        Refresh Keeps Who One Is    ${ada}
        Good Token Is Let In Everywhere    ${ada}
        Connect    ${ada}    carrier=subprotocol
        ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
        User Watched The Agents Work    ${run}
    END

Tokens Never Give Another User's Context
    [Documentation]    Plan name: test_auth_token_context_isolation_conflicts.
    ...
    ...    Business value: enterprise; who is taken for somebody else sees that customer's data, or loses their own.
    [Tags]    1176-a2
    @{people} =    Several Users    6
    Everybody Keeps Their Own Context    @{people}    rounds=10
    Refresh Keeps Who One Is    @{people}
    Flags Make Nobody An Administrator    ${people}[1]
    Nobody Enters Without A Login    ${people}[2]
    One Logs Out And The Others Stay    @{people}

Services Agree On A Token At The Edges Of Its Life
    [Documentation]    Plan name: test_auth_service_backend_integration_timing_issues.
    ...
    ...    Business value: all tiers; logins that work a second later and sessions that die early look like a product
    ...    that loses its users' work, and a logout that takes a while is none.
    [Tags]    1176-a3    needs-processes
    @{people} =    Several Users    10
    GROUP    A token counts at once, and ends everywhere at once
        Tokens End Everywhere At Once    ${people}[0]    ${people}[1]    ${people}[2]
        Tokens Count At Once    @{people}
    END
    GROUP    A slow auth service delays, and one that is away is no refusal
        @{others} =    Several Users    8    name=Other
        A Slow Auth Service Only Delays    @{others}
        An Auth Service That Is Away Is No Refusal    ${others}[0]    ${others}[1]
    END

One Auth Error Stays One Error
    [Documentation]    Plan name: test_auth_error_handling_cascade_amplification.
    ...
    ...    Business value: all tiers; one user's expired token is an everyday thing, and must not become an outage.
    [Tags]    1176-a4    needs-processes    needs-start-options
    ${ada} =    A Logged-In User    Ada
    @{others} =    Several Users    3
    GROUP    Refusals stay with who caused them, and can be read
        Good Token Is Let In Everywhere    ${ada}
        Connect    ${ada}
        Bad Tokens Disturb Nobody    ${ada}    @{others}    rounds=8
        Errors Are Clear To Pages And Tell Strangers Nothing    ${ada}
    END
    GROUP    A check that failed once is forgotten, a refresh brings the user back, and the agents work
        An Auth Service That Is Away Is No Refusal    ${ada}    @{others}
        Refresh Keeps Who One Is    ${ada}
        ${run} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
        Answer Arrives In Time    ${run}
    END
