"""Defects of what is cached."""
