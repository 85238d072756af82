"""Defects that stop a journey before it begins."""
