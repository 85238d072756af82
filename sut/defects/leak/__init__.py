"""Defects that keep what should be released."""
