*** Settings ***
Documentation       Issue 1176, part 5: the complete user journey. All parts may be healthy and the way of the user
...                 still be broken; these scenarios walk it.
Metadata            Real    auth service, backend, agents, tools, PostgreSQL, Redis/Valkey, WebSocket, tokens
Metadata            Mocked    the LLM (external to the platform)

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/storage.resource

Suite Setup         Platform Is Ready
Test Timeout        60 seconds

Test Tags           mission-critical


*** Test Cases ***
User Logs In And Gets An Answer From The Agents
    [Documentation]    Plan name: test_complete_golden_path_user_login_to_ai_response.
    ...
    ...    Business value: all tiers; this is the product. If it fails, nothing that was built around it earns anything.
    [Tags]    1176-j1
    ${ada} =    A Logged-In User
    Connect    ${ada}    carrier=subprotocol
    Language Model Takes Its Time    ${ada}    1.5 seconds
    ${run} =    Start Asking    ${ada}    Which savings are possible on gpt-4o in May 2026, and what did we spend?
    User Watched The Agents Work    ${run}
    Events Came While The Agents Worked    ${run}    1.5 seconds
    Answer Is Worth Having    ${run}    gpt-4o    May
    Answer States What Was Spent    ${run}    gpt-4o    2026-05
    Answer States What Can Be Saved    ${run}    gpt-4o    gpt-4o-mini    2026-05
    Conversation Can Be Read Again    ${ada}    ${run}
    Run Is Stored    ${run}
