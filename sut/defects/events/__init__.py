"""Defects of the events of runs."""
