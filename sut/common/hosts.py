"""Reads where hosts are, for processes that do not look them up as usual."""

import argparse
import ipaddress


def host_address(text: str) -> tuple[str, str]:
    """Read an entry of the table from the command line.

    Args:
        text: ``name=address``.

    Returns:
        Host name and IP address.
    """
    name, _, address = text.partition("=")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        address = ""
    if not name or not address:
        raise argparse.ArgumentTypeError("an entry looks like name=192.0.2.1")
    return name.lower(), address
