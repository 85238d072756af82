"""Defects of the bus that brings events from one instance to the other."""
