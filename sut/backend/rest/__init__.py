"""REST: threads, messages, runs, and what agents and tools there are."""
