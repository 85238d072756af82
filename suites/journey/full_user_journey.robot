*** Settings ***
Documentation       The way that earns the money: log in, connect, ask, watch the agents work, get an answer that
...                 is true, find it again. Once by a new user from the first click to the log-out, once by three
...                 at the same moment.
...
...                 What breaks here in production is rarely a part and mostly the fit: a token that one service accepts
...                 and another refuses, an event that never reaches its socket, an answer that is shown but not stored,
...                 one user's events in another's chat.
Metadata            Real    auth service, backend, agents, tools, PostgreSQL, Redis/Valkey, WebSocket, tokens
Metadata            Mocked    the LLM (external to the platform)

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/storage.resource
Library             goldenpath.IsolationLibrary

Suite Setup         Platform Is Ready
Test Timeout        60 seconds

Test Tags           journey


*** Test Cases ***
A New User Gets A True Answer And Finds It Again
    [Documentation]    Plan name: test_complete_message_lifecycle_user_to_agent.
    ...
    ...    Business value: all tiers; who cannot get from the first login to an answer that is true, and find it again,
    ...    does not become a customer.
    [Tags]    861-0.1    861-0.2    861-0.4    861-0.8    862-3.1.1    862-4.1.1    862-5.1.1    862-7.2.3    862-9.1.2
    GROUP    Ada registers, logs in and connects
        ${ada} =    A New User    Ada
        Company Has Usage Data    ${ada}    year=2025
        Log In    ${ada}
        Token Is Good Everywhere    ${ada}
        Connect    ${ada}
    END
    GROUP    She asks about her spending and watches the agents work
        ${may} =    Start Asking    ${ada}    How much did we spend on gpt-4o in May 2025?
        User Watched The Agents Work    ${may}
    END
    GROUP    The answer is worth having, and true
        Answer Is Worth Having    ${may}    gpt-4o    May
        Answer States What Was Spent    ${may}    gpt-4o    2025-05
        Answer States What Was Used    ${may}    gpt-4o    2025-05
    END
    GROUP    A follow-up question is understood from what was said before
        ${june} =    Start Asking    ${ada}    And in June?
        User Watched The Agents Work    ${june}
        Nothing Is Missing In The Thread    ${may}    ${june}
        Answer States What Was Spent    ${june}    gpt-4o    2025-06
    END
    GROUP    She finds it again: over REST, as PostgreSQL and Redis hold it
        Conversation Can Be Read Again    ${ada}    ${may}    ${june}
        Run Is Stored    ${may}
        Run Is Stored    ${june}
    END
    GROUP    She logs out, and her token and her socket are dead
        Log Out    ${ada}
        Socket Is Closed By The Platform    ${ada}    code=1008
        Old Token Is Refused Everywhere    ${ada}
        No Key Of The Session Is Left    ${ada}
        Nothing Followed The Answers    ${may}    ${june}
    END

Three Users At The Same Moment Share Nothing
    [Documentation]    Plan name: test_multi_user_message_isolation_real_services.
    ...
    ...    Business value: enterprise; one customer's figures in another customer's chat end the contract with both.
    [Tags]    862-1.1.2    862-2.3.1    862-4.2.1    862-8.1.3
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
    GROUP    Each has watched every event of their own agents
        Nothing Is Missing In The Thread    ${a}
        Nothing Is Missing In The Thread    ${b}
        Nothing Is Missing In The Thread    ${c}
    END
    GROUP    Nothing of one is in the sight of another
        Nothing Is Shared Between    ${ada}    ${bob}    ${cem}
        Foreign Objects Cannot Be Found    ${bob}    ${ada}
        Foreign Objects Cannot Be Found    ${ada}    ${cem}
        Nothing Followed The Answers    ${a}    ${b}    ${c}
    END

A Stranger Is Told What Is Missing
    [Documentation]    Plan id: own-stranger.
    ...
    ...    Business value: all tiers; an error that says what to do saves a support call, a riddle costs one.
    [Tags]    own-stranger
    Door Is Closed To Strangers    /api/threads
    Door Is Closed To Strangers    /api/no-such-page
