"""Defects after an outage."""
