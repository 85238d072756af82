"""Defects of the start of a process."""
