"""Periods: a first and a last day, both included, as people name them."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Self

_QUARTER_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        """Give a calendar month."""
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Self:
        """Give a quarter, 1 to 4."""
        start = (quarter - 1) * _QUARTER_MONTHS + 1
        return cls(date(year, start, 1), cls.month(year, start + _QUARTER_MONTHS - 1).last)

    @classmethod
    def year(cls, year: int) -> Self:
        """Give a calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def label(self) -> str:
        """The period in words: ``May 2026``, ``Q1 2026``, ``2026``, else ``2026-05-03 to 2026-05-09``."""
        year, month = self.first.year, self.first.month
        if self == Period.month(year, month):
            return f"{calendar.month_name[month]} {year}"
        if self == Period.quarter(year, quarter_of(self.first)):
            return f"Q{quarter_of(self.first)} {year}"
        if self == Period.year(year):
            return str(year)
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()} to {self.last.isoformat()}"

    @property
    def adverbial(self) -> str:
        """The period as it stands in a sentence: ``in May 2026``, ``from 2026-05-03 to 2026-05-09``."""
        if self.label == self.first.isoformat():
            return f"on {self.label}"
        return f"{'from' if ' to ' in self.label else 'in'} {self.label}"

    @property
    def months(self) -> Fraction:
        """How many months it covers; a part of a month counts by its days."""
        total = Fraction(0)
        start = self.first
        while start <= self.last:
            month = Period.month(start.year, start.month)
            end = min(month.last, self.last)
            total += Fraction((end - start).days + 1, month.last.day)
            start = month.last + timedelta(days=1)
        return total


def quarter_of(day: date) -> int:
    """Give the quarter of a day.

    Args:
        day: Any day.

    Returns:
        1 to 4.
    """
    return (day.month - 1) // _QUARTER_MONTHS + 1


def months_before(day: date, count: int) -> date:
    """Go back by whole months.

    Args:
        day: From where.
        count: How many months.

    Returns:
        The same day of the earlier month, or its last day where it is shorter.
    """
    index = day.year * 12 + day.month - 1 - count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
