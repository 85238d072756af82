"""A listener that breaks the judge of its own process: ``--listener broken_judge.py:crashing`` or ``:blind``."""

from goldenpath.history.isolation import proof
from goldenpath.judging import verdict


def crash(*_: object) -> None:
    raise ZeroDivisionError("the judge fell over")


class broken_judge:  # noqa: N801 - Robot finds the class by the module's name
    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, how: str) -> None:
        if how == "crashing":
            verdict.judge = crash
        elif how == "blind":
            proof.find_leaks = lambda *_: []
        else:
            raise ValueError(how)
