"""Starts and stops what an embedded target needs."""
