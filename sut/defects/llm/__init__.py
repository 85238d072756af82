"""Defects in how the language model is asked."""
