"""The types of frames, as the rules sort them."""

FIVE_EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
TERMINALS = ("agent_completed", "agent_error", "agent_stopped")
STORED = frozenset(("message_ack", *FIVE_EVENTS, *TERMINALS))
WORK = ("agent_thinking", "tool_executing", "tool_completed")
ASKING = ("user_message", "chat_message")
