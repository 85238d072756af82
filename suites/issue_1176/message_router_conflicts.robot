*** Settings ***
Documentation       Issue 1176, part 3: conflicts of the message router. Handlers of tests answered real chats, stops
...                 waited behind what they should stop, one shared handler sent everybody's events to whoever came
...                 last, and with a second instance users waited for ever.

Resource            ../../keywords/conversation.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource
Resource            ../../keywords/routing.resource

Suite Setup         Two Instances Are Ready
Test Timeout        60 seconds

Test Tags           mission-critical


*** Test Cases ***
Every Message Is Handled Once By The Handler Of Its Type
    [Documentation]    Plan name: test_message_router_selection_conflict_reproduction.
    ...
    ...    Business value: all tiers; a question that nobody answers, or two do, is what users call broken.
    [Tags]    1176-r1
    ${ada} =    A Connected User    Ada
    ${bob} =    A Connected User    Bob
    Questions Are Handled Once At Every Entry    ${ada}
    Control Frames Are Handled Once At Every Entry    ${bob}
    Nonsense Is Refused Once At Every Entry    ${bob}

Stops And Pings Overtake Questions That Keep Their Order
    [Documentation]    Plan name: test_message_priority_routing_conflict.
    ...
    ...    Business value: all tiers; a stop that waits for what it should stop costs the money it should save.
    [Tags]    1176-r2    needs-llm-script
    ${ada} =    A Connected User    Ada
    ${questions} =    Questions Are Asked In A Row    ${ada}
    Pings Overtake    ${questions}
    ${going on} =    Stops Overtake    ${questions}
    Questions Kept Their Order    ${questions}    ${going on}

A Message Is Routed By Who Sent It
    [Documentation]    Plan name: test_message_routing_state_pollution_across_users.
    ...
    ...    Business value: enterprise; one customer's answer in another customer's chat ends the contract with both.
    [Tags]    1176-r3
    ${ada} =    A Connected User    Ada
    ${bob} =    A Logged-In User    Bob
    ${cem} =    A Connected User    Cem
    ${run} =    Start Asking Something Slow    ${ada}
    Connect    ${bob}
    Nothing Of Another User Is Of Use    ${cem}    ${run}
    Run Reached Nobody Else    ${run}    ${bob}
    Users Ask By Turns    ${ada}    ${bob}    ${cem}    rounds=4

Hand-Overs In A Circle End And Others Go On
    [Documentation]    Plan name: test_message_routing_circular_dependency_deadlock.
    ...
    ...    Business value: all tiers; one run that never ends takes the platform away from everybody.
    [Tags]    1176-r4    needs-llm-script
    ${ada} =    A Connected User    Ada
    ${bob} =    A Connected User    Bob
    Hand-Overs Come To An End    ${ada}    ${bob}
    Dead Socket Holds Nobody Up    ${ada}    ${bob}

Messages And Events Meet Whichever Instance Holds The Socket
    [Documentation]    Plan name: test_message_routing_load_balancing_conflicts.
    ...
    ...    Business value: mid-market and enterprise; who needs a second instance must not lose events by it.
    [Tags]    1176-r5    needs-instances    needs-ask-over-rest    needs-llm-script    needs-stop
    ${ada} =    A Connected User    Ada
    ${bob} =    A Connected User    Bob
    Events Meet Every Socket    ${ada}    ${bob}    rounds=3
    Stops Meet The Run    ${ada}
    Moving Socket Keeps Up    ${bob}    moves=8


*** Keywords ***
Two Instances Are Ready
    Platform Is Started With    instances=2
    Platform Is Ready
