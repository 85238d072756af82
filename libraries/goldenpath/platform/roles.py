"""The roles that a run makes on the user's own PostgreSQL."""


def roles_of(database: str) -> tuple[str, str]:
    """Name the roles that a database of ours has to itself: roles belong to the whole server.

    Args:
        database: Its name.

    Returns:
        The role of requests and the role of the system.
    """
    return f"gp_app_{database}", f"gp_system_{database}"
