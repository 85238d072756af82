"""Defects of sessions and their memory."""
