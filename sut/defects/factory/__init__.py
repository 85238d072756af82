"""Defects of what is put together for each connection and each run."""
