"""Defects of accounts, tokens and sessions."""
