*** Settings ***
Documentation       Issue 1176, part 2: WebSocket races. Between the upgrade, the greeting, the first question and the
...                 end of a connection lie moments in which a platform that works for one calm user loses the events
...                 of many hasty ones. These scenarios aim at those moments, and count how often they hit them.

Resource            ../../keywords/health.resource
Resource            ../../keywords/races.resource

Suite Setup         Platform Is Ready
Test Timeout        120 seconds

Test Tags           mission-critical


*** Test Cases ***
Users Who Come While The Platform Starts Are Let In Or Told When
    [Documentation]    Plan name: test_websocket_handshake_race_condition_cloud_run_reproduction.
    ...
    ...    Business value: all tiers; after each deployment the first users meet a platform that is just starting. A
    ...    connection that dies or stays silent then looks like an outage, and support is asked about it.
    [Tags]    1176-w1    cold-start    sampling    needs-processes
    Many Users Meet A Starting Platform    count=18    starts=3

A Question Sent In The Instant Of The Handshake Loses No Event
    [Documentation]    Plan name: test_websocket_event_manager_initialization_race.
    ...
    ...    Business value: all tiers; a page that asks as soon as it can must not be punished with an empty screen.
    [Tags]    1176-w2    cold-start    sampling    needs-processes
    Many Users Ask Before They Are Greeted    count=12    times=5

Leaving And Coming Back At Once Keeps The New Connection Whole
    [Documentation]    Plan name: test_websocket_connection_cleanup_race_condition.
    ...
    ...    Business value: all tiers; every reload of a page is such a race. A lost answer after a reload is a lost
    ...    customer, and a slot that never comes back locks the customer out.
    [Tags]    1176-w3    sampling
    Users Lose Their Connection Again And Again    count=2    times=25
    One Client Goes Wild

Users Who Come And Go At Once Get Exactly Their Own Events
    [Documentation]    Plan name: test_websocket_concurrent_user_connection_interference.
    ...
    ...    Business value: enterprise; one event in a stranger's browser is a breach of contract, and one that is
    ...    missing because others came at the same time is a platform that does not scale.
    [Tags]    1176-w4    sampling
    Many Users Cross Each Other    count=10    rounds=5
    One Client Goes Wild

A Run Finishes Though The Way In Cuts The Connection
    [Documentation]    Plan name: test_websocket_cloud_run_timeout_race_condition.
    ...
    ...    Business value: all tiers; the way in ends connections after its own time limit, and long analyses are what
    ...    customers pay most for. Work that was paid for must not be lost with a connection.
    [Tags]    1176-w5    cold-start    needs-processes    needs-llm-script
    The Way In Between Cuts Every Connection    count=16    thinking=1.2 seconds
