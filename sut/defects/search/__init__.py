"""Defects of the search."""
