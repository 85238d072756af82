"""Defects of the ids that a run is known by."""
