"""What a platform may offer beyond asking and answering: the words of `not_offered` and of `needs-…` tags."""

from goldenpath.errors import UsageError
from goldenpath.targets.checked import Section, nearest

CAPABILITIES: dict[str, str] = {
    # What frames and answers carry.
    "ack": "A question is acknowledged, with the ids of message, run and thread, before its run starts.",
    "client_message_id": "The asker's own id of a question comes back with its acknowledgement.",
    "event_id": "Each frame carries an id of its own.",
    "seq": "Frames of a thread are numbered without gap.",
    "timestamp": "Each frame tells when it was made.",
    "user_id": "Each frame names the user it is for.",
    "thread_id": "Each frame of a run names its thread.",
    "run_id": "Each frame of a run names its run.",
    "request_id": "Each frame of a run names the question's request.",
    "trace_id": "Frames and answers name the trace that they belong to.",
    "ref": "The direct answer to a client's frame carries the mark that the client gave it.",
    "step": "Frames of an agent's work name the step of the plan that they belong to.",
    "plan": "agent_started names the agents that will work, in order.",
    "thinking": "Each agent of the plan tells what it thinks, by agent_thinking.",
    "tool_call_id": "The start and the end of a tool call carry one id.",
    "tool_status": "The end of a tool call tells whether it worked and how long it took.",
    "message_links": "A stored answer names its question and its run.",
    "result": "An answer is structured: summary, findings with their sources, recommendations, savings.",
    "schemas": "Bodies and frames follow the descriptions in `resources/schemas`.",
    # What a client can ask for.
    "resume": "A client that was away gets the frames it missed.",
    "stop": "A run can be stopped.",
    "runs": "Runs can be read over REST: state, steps, stored frames.",
    "ask_over_rest": "A question can be asked over REST.",
    "search": "Messages can be searched.",
    "catalogue": "Agents and tools are listed over REST, each with an example.",
    "sessions": "A user sees the sessions of their devices and can end them one by one.",
    "all_devices": "One logout can end every session of its user.",
    "oauth": "A user can log in through an OpenID Connect provider.",
    "registration": "A new user can make an account.",
    "service_tokens": "A service can log in and validate a user's token.",
    "roles": "Users with other permissions than the usual ones can be made.",
    "delete_threads": "A user can delete a thread.",
    "metrics": "Each instance tells its gauges and counters.",
    "probes": "Each service tells whether it is alive and whether it is ready.",
    # What the run can see and do beside the platform's own interface.
    "database": "PostgreSQL can be read, under the contract's names of tables and columns.",
    "rows": "PostgreSQL can be read as far as it is known which rows are whose.",
    "row_security": "PostgreSQL itself keeps the rows of one user from another.",
    "redis": "Redis can be read, under the contract's names of keys.",
    "clickhouse": "ClickHouse can be read.",
    "usage_data": "The run can give its users usage data, so that it knows the right answer.",
    "llm_script": "The replies and faults of the language model can be scripted.",
    "notifications": "The run can see what the platform sends to the notification webhook.",
    "fault_links": "Links between processes can be delayed, frozen and cut.",
    "processes": "Processes of the platform can be stopped, killed and started.",
    "start_options": "The platform can be started with other options.",
    "instances": "There are several instances of the backend.",
    "defects": "Known defects can be switched on, to show that the suite finds them.",
    "platform_log": "What the platform's processes log can be read.",
}


def read_capabilities(section: Section, key: str) -> frozenset[str]:
    """Read a list of capabilities.

    Args:
        section: Where it stands.
        key: Its name.

    Returns:
        The capabilities.

    Raises:
        TargetError: One of them is unknown.
    """
    names = section.texts(key)
    for name in names:
        if name not in CAPABILITIES:
            raise section.wrong(key, f"names '{name}', which is no capability. {nearest(name, CAPABILITIES)[:-1]}")
    return frozenset(names)


def known(name: str) -> str:
    """Insist on the name of a capability.

    Args:
        name: What may be one.

    Returns:
        The name.

    Raises:
        UsageError: There is no such capability.
    """
    if name not in CAPABILITIES:
        raise UsageError(f"There is no capability '{name}'. {nearest(name, CAPABILITIES)}")
    return name
