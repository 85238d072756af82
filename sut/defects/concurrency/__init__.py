"""Defects that several users bring about."""
