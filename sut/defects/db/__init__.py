"""Defects of what is stored."""
