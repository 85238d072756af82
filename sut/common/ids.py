"""Identifiers are UUIDv7 (RFC 9562): unique everywhere, and in the order of their making."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """Make the id of a new object.

    Returns:
        A UUIDv7 that no other object has.
    """
    return uuid_utils.compat.uuid7()
