"""Defects of the router: which handler gets a message, and which socket its events."""
