*** Settings ***
Documentation       Issue 1176, part 5: the complete user journey. All parts may be healthy and the way of the user
...                 still be broken; these scenarios walk it.

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
    ${run} =    Start Asking    ${ada}    Which savings are possible on gpt-4o in May 2026, and what did we spend?
    User Watched The Agents Work    ${run}
    Answer Is Worth Having    ${run}    gpt-4o    May
    Conversation Can Be Read Again    ${ada}    ${run}

User Sees Each Step While The Agents Take Their Time
    [Documentation]    Plan id: own-j1-live.
    ...
    ...    Business value: all tiers; a user who sees nothing for a minute takes the product for broken and leaves.
    [Tags]    own-j1-live    needs-llm-script
    ${ada} =    A Connected User
    Language Model Takes Its Time    ${ada}    1.5 seconds
    ${run} =    Start Asking    ${ada}    Which savings are possible on gpt-4o in May 2026, and what did we spend?
    User Watched The Agents Work    ${run}
    Events Came While The Agents Worked    ${run}    1.5 seconds

The Answer Names What Was Spent And What Can Be Saved
    [Documentation]    Plan id: own-j1-truth.
    ...
    ...    Business value: all tiers; the saving is what the customer pays for, and a wrong one is worse than none.
    [Tags]    own-j1-truth    needs-usage-data
    ${ada} =    A Connected User
    ${run} =    Start Asking    ${ada}    Which savings are possible on gpt-4o in May 2026, and what did we spend?
    User Watched The Agents Work    ${run}
    Answer States What Was Spent    ${run}    gpt-4o    2026-05
    Answer States What Can Be Saved    ${run}    gpt-4o    gpt-4o-mini    2026-05

The Answer Is Stored As It Was Told
    [Documentation]    Plan id: own-j1-stored.
    ...
    ...    Business value: all tiers; an answer that is shown and not stored has to be paid for twice.
    [Tags]    own-j1-stored    needs-database    needs-redis    needs-runs
    ${ada} =    A Connected User
    ${run} =    Start Asking    ${ada}    Which savings are possible on gpt-4o in May 2026, and what did we spend?
    User Watched The Agents Work    ${run}
    Run Is Stored    ${run}
