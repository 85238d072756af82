"""Defects of agents and of how they hand over."""
