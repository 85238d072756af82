"""Looks for what belongs to one user in everything that another user can see."""

from goldenpath.history.isolation.leaks import Leak, find_leaks
from goldenpath.history.isolation.markers import PREFIX, new_marker
from goldenpath.history.isolation.proof import prove_detector
from goldenpath.history.isolation.scanner import Scanner
from goldenpath.history.isolation.sights import Sight, leaks_between, sights_with_own_mark

__all__ = [
    "PREFIX",
    "Leak",
    "Scanner",
    "Sight",
    "find_leaks",
    "leaks_between",
    "new_marker",
    "prove_detector",
    "sights_with_own_mark",
]
