"""Defects that cost time."""
