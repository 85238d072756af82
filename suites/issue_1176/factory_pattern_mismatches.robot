*** Settings ***
Documentation       Issue 1176, part 4: what the platform puts together for each connection and each run. Every part
...                 may be sound and still not fit the next one; these scenarios start all of them, over every entry,
...                 and look at what is left when they are gone.

Resource            ../../keywords/assembly.resource
Resource            ../../keywords/health.resource
Resource            ../../keywords/people.resource

Suite Setup         Platform That Starts Slowly Is Ready
Test Timeout        60 seconds

Test Tags           mission-critical


*** Test Cases ***
Every Advertised Part Works Over Every Entry
    [Documentation]    Plan name: test_factory_interface_mismatch_reproduction.
    ...
    ...    Business value: all tiers; what is advertised and cannot be started is sold and not delivered.
    [Tags]    1176-f1    needs-catalogue    needs-runs    needs-registration
    Several Connected Users    40    Guest
    GROUP    Three others start everything that is advertised
        ${ada} =    A Connected User    Ada
        ${bob} =    A Connected User    Bob
        ${cem} =    A Connected User    Cem
        ${parts} =    Advertised Parts    ${ada}
        Each Part Works Over Every Entry    ${parts}    ${ada}    ${bob}    ${cem}
    END

Every Run Has Its Own User, Thread And Ids
    [Documentation]    Plan name: test_factory_user_context_isolation_conflicts.
    ...
    ...    Business value: enterprise; two runs under one id end with one customer reading the other's answer.
    [Tags]    1176-f2
    ${ada} =    A Connected User    Ada
    ${bob} =    A Connected User    Bob
    ${cem} =    A Connected User    Cem
    ${runs} =    Users Ask Everywhere At Once    ${ada}    ${bob}    ${cem}
    No Id Is Shared Reused Or Empty    @{runs}

Whatever A Run Held Is Free After Any End
    [Documentation]    Plan name: test_factory_lifecycle_management_coordination_failures.
    ...
    ...    Business value: all tiers; a slot that is lost with each failure locks the customer out by the evening.
    [Tags]    1176-f3
    ...       needs-metrics
    ...       needs-llm-script
    ...       needs-stop
    ...       needs-processes
    ...       needs-start-options
    ...       recovery
    ${before} =    Counts Of The Idle Platform
    ${ada} =    A Logged-In User    Ada
    GROUP    Runs fail, are stopped, and lose their user
        ${bob} =    A Connected User    Bob
        ${cem} =    A Connected User    Cem
        ${dan} =    A Connected User    Dan
        Runs Come To Every End    ${bob}    ${cem}    ${dan}
    END
    GROUP    Everybody has all their slots again
        Everything Is Free Again    ${dan}    ${bob}    ${cem}
        Everybody Leaves    ${bob}    ${cem}    ${dan}
        Counts Are Back    ${before}
    END
    Restart Leaves Nothing Behind    ${ada}    ${before}

Ready Means That A Run Succeeds
    [Documentation]    Plan name: test_factory_dependency_injection_pattern_conflicts.
    ...
    ...    Business value: all tiers; an instance that is put behind the load balancer half built fails its first users.
    [Tags]    1176-f4    needs-processes    needs-start-options    cold-start
    ${ada} =    A Logged-In User    Ada
    ${bob} =    A Logged-In User    Bob
    ${cem} =    A Logged-In User    Cem
    ${dan} =    A Logged-In User    Dan
    ${crashed} =    Backend Starts Anew    after a crash    ${dan}    ${ada}    ${bob}    ${cem}
    Everybody Leaves    ${ada}    ${bob}    ${cem}
    ${alone} =    Backend Starts Anew    without the auth service    ${dan}    ${ada}    ${bob}    ${cem}
    Doors Were Closed Until Ready    ${crashed}    ${alone}

Whoever Cannot Be Served Is Told Why
    [Documentation]    Plan name: test_factory_error_handling_propagation_inconsistencies.
    ...
    ...    Business value: all tiers; an error with a code is a question to support, a silence is a cancellation.
    [Tags]    1176-f5    needs-llm-script    needs-processes    needs-registration
    ${crowd} =    Several Connected Users    40    Guest
    GROUP    Agents, tools and the language model cannot be had
        Each Missing Part Is Told    @{crowd}
        Each Refusal Is Told    ${crowd}[0]
    END
    Missing Database Is Told    ${crowd}[1]    ${crowd}[2]
