"""Triage, Data, Optimization, Report: the agents of a run and the tools they call."""
