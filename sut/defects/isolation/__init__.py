"""Defects by which users see what is another's."""
