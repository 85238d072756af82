"""The mocked LLM: an OpenAI-compatible API as a process of its own, scripted per conversation."""
