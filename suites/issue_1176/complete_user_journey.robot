*** Settings ***
Documentation       Issue 1176, part 5: the complete user journey. All parts may be healthy and the way of the user
...                 still be broken; these scenarios walk it.

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/resilience.resource
Resource            ../../keywords/storage.resource
Library             goldenpath.LimitsLibrary

Suite Setup         Platform Is Ready
Test Timeout        60 seconds

Test Tags           mission-critical


*** Test Cases ***
User Logs In And Gets An Answer From The Agents
    [Documentation]    Plan name: test_complete_golden_path_user_login_to_ai_response.
    ...
    ...    Business value: all tiers; this is the product. If it fails, nothing that was built around it earns anything.
    [Tags]    1176-j1
    GROUP    Ada logs in, her token is good everywhere, and she connects
        ${ada} =    A Logged-In User    Ada
        Token Is Good Everywhere    ${ada}
        Connect    ${ada}    carrier=subprotocol
    END
    GROUP    She asks, watches the agents work, and gets an answer that is true
        ${may} =    Start Asking    ${ada}    This is no test: how much did we spend on gpt-4o in May 2026?
        Journey Reaches Its Answer    ${may}
        Five Events Came In Order    ${may}
        Answer Is True And Useful    ${may}    gpt-4o    2026-05
    END
    GROUP    What she asks next is understood, with and without the thread's name, and she finds all of it again
        ${june} =    Start Asking    ${ada}    And in June?
        Journey Reaches Its Answer    ${june}
        Follow-Up Is Understood    ${june}    gpt-4o    2026-06
        ${april} =    Start Asking    ${ada}    And in April?    thread=${may}
        Journey Reaches Its Answer    ${april}
        Follow-Up Is Understood    ${april}    gpt-4o    2026-04
        What Was Told Is Kept    ${ada}    ${may}    ${june}    ${april}
    END

Several Users Walk It At Once And See Nothing Of Each Other
    [Documentation]    Plan name: test_golden_path_multi_user_concurrent_isolation.
    ...
    ...    Business value: enterprise; one customer's figures in another customer's chat end the contract with both.
    [Tags]    1176-j2
    GROUP    Five users connect and ask at the same moment, and each gets the truth about their own company
        ${users} =    Connected Users    5
        ${runs} =    Everybody Asks At Once    ${users}    How much did we spend on gpt-4o in May 2026?
        Journey Reaches Its Answer    @{runs}
        Answers Are Each User's Own    ${runs}    gpt-4o    2026-05
    END
    GROUP    One of them has bad luck, the others notice nothing of it, and nobody sees what is another's
        Somebody Has Bad Luck    ${users}[0]
        ${runs} =    Everybody Asks At Once    ${users}    And in June?
        Journey Reaches Its Answer    @{runs}
        Answers Are Each User's Own    ${runs}    gpt-4o    2026-06
        Nobody Sees What Is Another's    ${users}
    END

A Broken Journey Is Picked Up Again
    [Documentation]    Plan name: test_golden_path_error_recovery_and_resilience.
    ...
    ...    Business value: all tiers; trouble happens to everyone, and customers stay where it does not cost their work.
    [Tags]    1176-j3    recovery    fault    needs-llm-script    needs-processes
    GROUP    Ada's network is gone while the agents work; Bob's language model fails, and Cem's token expires
        ${users} =    Connected Users    5
        ${times} =    Recovery Times
        ${may} =    Socket Is Lost In The Middle    ${users}[0]    4 seconds
        Language Model Fails And Is Well Again    ${users}[1]    ${times}
        Token Expires And Is Renewed    ${users}[2]    ${times}
        Journey Goes On After A Lost Socket    ${users}[0]    ${may}    ${times}
    END
    GROUP    The stores are gone, which all are told, and when they are back all go on
        Stores Go Away
        Outage Is Told    ${users}
        Stores Come Back
        Everybody Goes On    ${users}    How much did we spend on gpt-4o-mini in May 2026?    ${times}
        Limit Is Kept    limit-recovery    ${times}
    END
    [Teardown]    Stores Come Back

The Journey Keeps Every Limit Under Load
    [Documentation]    Plan name: test_golden_path_performance_under_staging_load.
    ...
    ...    Business value: enterprise; what is fast for one user and slow for sixty is not sold twice.
    [Tags]    1176-j4    load    sampling
    ${users} =    Connected Users    11
    ${measured} =    Users Rush    ${users}    runs=60    a_second=5
    Every Limit Is Kept    ${measured}

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
