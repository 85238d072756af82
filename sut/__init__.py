"""The reference platform: a small real-time AI agent platform that keeps the Golden Path contract."""
