"""The promises in figures, and the one place that decides whether measurements keep them."""

from goldenpath.limits.book import Limit, limit

__all__ = ["Limit", "limit"]
