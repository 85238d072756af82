"""Adapters that stand before the reference platform and speak another platform's dialect to the outside."""
