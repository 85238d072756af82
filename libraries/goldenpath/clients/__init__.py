"""Plain asyncio clients, usable without Robot Framework."""
