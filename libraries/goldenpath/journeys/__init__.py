"""The whole way of a user: walked to its answer, broken and picked up again, and measured under load."""
