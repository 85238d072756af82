*** Settings ***
Documentation       The way that earns the money: log in, connect, ask, watch the agents work, get an answer that
...                 is true, find it again. Once by a new user from the first click to the log-out, once by three
...                 at the same moment.
...
...                 What breaks here in production is rarely a part and mostly the fit: a token that one service accepts
...                 and another refuses, an event that never reaches its socket, an answer that is shown but not stored,
...                 one user's events in another's chat.
...
...                 The first test needs nothing but the wire; what the others need, their tags say.

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/storage.resource
Library             goldenpath.IsolationLibrary

Suite Setup         Platform Is Ready
Test Timeout        60 seconds

Test Tags           journey


*** Test Cases ***
A New User Gets An Answer And Finds It Again
    [Documentation]    Plan name: test_complete_message_lifecycle_user_to_agent.
    ...
    ...    Business value: all tiers; who cannot get from the first login to an answer, and find it again, does not
    ...    become a customer.
    [Tags]    861-0.1    862-3.1.1    862-5.1.1    862-7.2.3    862-9.1.2
    GROUP    Ada gets an account, logs in and connects
        ${ada} =    A Logged-In User    Ada
        Token Is Good Everywhere    ${ada}
        Connect    ${ada}
    END
    GROUP    She asks about her spending and watches the agents work
        ${may} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
        User Watched The Agents Work    ${may}
        Answer Is Worth Having    ${may}    gpt-4o    May
    END
    GROUP    A follow-up question is understood from what was said before
        ${june} =    Start Asking    ${ada}    And in June?
        User Watched The Agents Work    ${june}
        Answer Is Worth Having    ${june}    gpt-4o    June
    END
    GROUP    She finds it again, logs out, and her token and her socket are dead
        Conversation Can Be Read Again    ${ada}    ${may}    ${june}
        Log Out    ${ada}
        Socket Is Closed By The Platform    ${ada}    code=1008
        Old Token Is Refused Everywhere    ${ada}
        Nothing Followed The Answers    ${may}    ${june}
    END

The Answers Are True
    [Documentation]    Plan name: test_message_threading_and_context_preservation.
    ...
    ...    Business value: all tiers; a figure that is wrong costs the customer's trust at once, and their money later.
    [Tags]    861-0.4    862-4.1.1    needs-usage-data
    GROUP    Ada's company has used models for half a year
        ${ada} =    A New User    Ada    year=2025
        Connect    ${ada}
    END
    GROUP    What she is told is what SQL over her data says
        ${may} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2025?
        User Watched The Agents Work    ${may}
        Answer Is Worth Having    ${may}    gpt-4o    May
        Answer States What Was Spent    ${may}    gpt-4o    2025-05
        Answer States What Was Used    ${may}    gpt-4o    2025-05
    END
    GROUP    A follow-up question is understood from what was said before
        ${june} =    Start Asking    ${ada}    And in June?
        User Watched The Agents Work    ${june}
        Answer States What Was Spent    ${june}    gpt-4o    2025-06
    END

What Was Told Is Stored
    [Documentation]    Plan name: test_message_persistence_and_history_retrieval.
    ...
    ...    Business value: all tiers; what is shown and not stored is lost at the next login, with what it has cost.
    [Tags]    861-0.2    861-0.8    needs-database    needs-redis    needs-runs
    GROUP    Ada asks twice in one thread
        ${ada} =    A Logged-In User    Ada
        Connect    ${ada}
        ${may} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
        User Watched The Agents Work    ${may}
        ${june} =    Start Asking    ${ada}    And in June?
        User Watched The Agents Work    ${june}
        Nothing Is Missing In The Thread    ${may}    ${june}
    END
    GROUP    REST, PostgreSQL and Redis hold what she was told
        Conversation Can Be Read Again    ${ada}    ${may}    ${june}
        Run Is Stored    ${may}
        Run Is Stored    ${june}
    END
    GROUP    She logs out, and nothing of her session is left
        Log Out    ${ada}
        Socket Is Closed By The Platform    ${ada}    code=1008
        No Key Of The Session Is Left    ${ada}
    END

Three Users At The Same Moment Share Nothing
    [Documentation]    Plan name: test_multi_user_message_isolation_real_services.
    ...
    ...    Business value: enterprise; one customer's figures in another customer's chat end the contract with both.
    [Tags]    862-1.1.2    862-2.3.1    862-4.2.1    needs-usage-data
    GROUP    Ada, Bob and Cem log in and connect at the same moment
        ${ada} =    A Logged-In User    Ada
        ${bob} =    A Logged-In User    Bob
        ${cem} =    A Logged-In User    Cem
        ${hers} =    Prepare Connecting    ${ada}
        ${his} =    Prepare Connecting    ${bob}    carrier=subprotocol
        ${theirs} =    Prepare Connecting    ${cem}
        ${connections} =    At The Same Time    ${hers}    ${his}    ${theirs}
        All Connections Arrive    @{connections}
    END
    GROUP    They ask at the same moment
        ${hers} =    Prepare Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
        ${his} =    Prepare Asking    ${bob}    How much did we spend on gpt-4o in May 2026?
        ${theirs} =    Prepare Asking    ${cem}    How much did we spend on gpt-4o-mini in April 2026?
        ${a}    ${b}    ${c} =    At The Same Time    ${hers}    ${his}    ${theirs}
        All Answers Arrive In Time    ${a}    ${b}    ${c}
    END
    GROUP    Each gets the truth about their own company
        Answer States What Was Spent    ${a}    gpt-4o    2026-05
        Answer States What Was Spent    ${b}    gpt-4o    2026-05
        Answer States What Was Spent    ${c}    gpt-4o-mini    2026-04
    END
    GROUP    Nobody finds what is another's
        Foreign Objects Cannot Be Found    ${bob}    ${ada}
        Foreign Objects Cannot Be Found    ${ada}    ${cem}
        Nothing Followed The Answers    ${a}    ${b}    ${c}
    END

Nothing Of One User Is Stored Under Another
    [Documentation]    Plan id: 862-8.1.3.
    ...
    ...    Business value: enterprise; what lies in the wrong place in a store is shown to the wrong customer some day.
    [Tags]    862-8.1.3    needs-database    needs-redis    needs-runs
    ${ada} =    A Connected User    Ada
    ${bob} =    A Connected User    Bob
    ${hers} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2026?
    ${his} =    Start Asking    ${bob}    How much did we spend on gpt-4o in May 2026?
    All Answers Arrive In Time    ${hers}    ${his}
    Nothing Is Shared Between    ${ada}    ${bob}

A Stranger Is Told What Is Missing
    [Documentation]    Plan id: own-stranger.
    ...
    ...    Business value: all tiers; an error that says what to do saves a support call, a riddle costs one.
    [Tags]    own-stranger    needs-schemas
    Stranger Is Refused    /api/threads
    Stranger Is Refused    /api/no-such-page
