"""How a platform puts its runs together, seen from outside: parts, ids, what is released, readiness, failures."""
