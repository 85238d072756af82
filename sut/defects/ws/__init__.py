"""Defects of sockets: the upgrade, the greeting, the end."""
