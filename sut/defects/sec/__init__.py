"""Defects of what keeps strangers out."""
