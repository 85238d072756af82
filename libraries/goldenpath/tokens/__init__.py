"""Tokens, good and bad, at every door of a platform."""
