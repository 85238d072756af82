"""Defects of what stands around every answer over HTTP."""
