"""Rules that find a period in a question: "in May", "Q1 2026", "from 2026-04-03 to 2026-04-09", "last 30 days"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sut.agents.periods import Period, months_before, quarter_of

_MONTH_NAMES = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_YEAR = 2000
_ORDINALS = ("first", "second", "third", "fourth")

# A point in time. The more exact form stands first.
_POINT = re.compile(
    rf"""\b(?:
      (?P<iso_day>20\d\d-\d\d-\d\d)
    | (?P<iso_month>20\d\d-\d\d)(?!-?\d)
    | (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<day_month>{_MONTH_NAMES})(?:,?\ (?P<day_year>20\d\d))?
    | (?P<md_month>{_MONTH_NAMES})\ (?:the\ )?(?P<md_day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\ (?P<md_year>20\d\d))?
    | (?P<month>{_MONTH_NAMES})(?:,?\ (?:of\ )?(?P<month_year>20\d\d))?
    | (?:q(?P<quarter>[1-4])|(?P<ordinal>first|second|third|fourth)\ quarter)
      (?:[ ,-]?\ ?(?:of\ )?(?P<quarter_year>20\d\d))?
    | (?P<year>20\d\d)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
_RELATIVE = re.compile(
    r"\b(?:(?P<which>this|last|previous|past|current)\s(?P<unit>week|month|quarter|year)"
    r"|(?:last|past|previous)\s(?P<count>\d{1,3})\s(?P<units>day|week|month)s?"
    r"|(?P<to_date>year\sto\sdate|so\sfar\sthis\syear))\b",
    re.IGNORECASE,
)
_BETWEEN_POINTS = re.compile(r"\s*(?:to|until|till|through|-|–|—)\s*", re.IGNORECASE)
_AND = re.compile(r"\s*and\s*", re.IGNORECASE)
_LEADS_A_MONTH = re.compile(
    r"\b(?:in|of|for|during|since|from|to|until|through|and|about|between|last|this)\s$", re.IGNORECASE
)
_OPEN_START = re.compile(r"\b(?:since|from)\s(?:the\sstart\sof\s)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clock:
    """What "last month" and "in May" are counted from.

    Args:
        newest: The newest day with usage; the current day when there is none.
        today: The current day.
        year: The year that the conversation is about, when it named one.
    """

    newest: date
    today: date
    year: int | None = None

    def year_of_month(self, month: int) -> int:
        """Choose the year for a month that was named without one.

        Args:
            month: 1 to 12.

        Returns:
            The year the conversation is about; else the newest one in which that month has usage, or has begun.
        """
        if self.year is not None:
            return self.year
        start = date(self.newest.year, month, 1)
        return start.year if start <= max(self.newest, self.today) else start.year - 1


@dataclass(frozen=True, slots=True)
class _Point:
    """A point in time as it was named; ``year`` is ``None`` when it was left out."""

    start: int
    end: int
    year: int | None
    give: Callable[[int], Period]
    month: int


def find_period(text: str, clock: Clock) -> Period | None:
    """Find the period that a question names.

    Args:
        text: The question, without model names and sums of money.
        clock: What relative words count from.

    Returns:
        The period, or ``None`` when it names none.
    """
    text = re.sub(r"\s", " ", text)
    points = [point for match in _POINT.finditer(text) if (point := _point(text, match)) is not None]
    if points:
        return _from_points(text, points, clock)
    relative = _RELATIVE.search(text)
    return _relative(relative, clock.newest) if relative else None


def _from_points(text: str, points: list[_Point], clock: Clock) -> Period:
    for left, right in pairwise(points):
        between = text[left.end : right.start]
        first_year = left.year if left.year is not None else right.year
        first, last = _placed(left, clock, first_year), _placed(right, clock, right.year or left.year)
        joined = _BETWEEN_POINTS.fullmatch(between) or (
            _AND.fullmatch(between)
            and (
                re.search(r"\bbetween\s$", text[: left.start], re.IGNORECASE)
                or first.last + timedelta(days=1) == last.first
            )
        )
        if joined:
            return Period(min(first.first, last.first), max(first.last, last.last))
    period = _placed(points[0], clock, points[0].year)
    if _OPEN_START.search(text[: points[0].start]) and period.first <= clock.newest:
        return Period(period.first, max(clock.newest, period.last))
    return period


def _placed(point: _Point, clock: Clock, year: int | None) -> Period:
    return point.give(year if year is not None else clock.year_of_month(point.month))


def _point(text: str, match: re.Match[str]) -> _Point | None:
    """Turn a match into a point; ``None`` when it is no date after all."""
    found = {name: value for name, value in match.groupdict().items() if value}
    year = next((int(found[name]) for name in found if name.endswith("year")), None)
    if "iso_day" in found or "iso_month" in found:
        return _iso_point(match)
    if named := found.get("day_month") or found.get("md_month"):
        return _day_point(match, _month_number(named), int(found.get("day") or found["md_day"]), year)
    if named := found.get("month"):
        month = _month_number(named)
        if year is None and not _is_month(text, match):
            return None
        return _Point(match.start(), match.end(), year, lambda year: Period.month(year, month), month)
    if "year" in found:
        return _Point(match.start(), match.end(), year, Period.year, 1)
    quarter = int(found.get("quarter") or _ORDINALS.index(found["ordinal"].lower()) + 1)
    return _Point(match.start(), match.end(), year, lambda year: Period.quarter(year, quarter), 3 * quarter - 2)


def _iso_point(match: re.Match[str]) -> _Point | None:
    try:
        first = date.fromisoformat(match["iso_day"] or f"{match['iso_month']}-01")
    except ValueError:
        return None
    period = Period(first, first) if match["iso_day"] else Period.month(first.year, first.month)
    return _Point(match.start(), match.end(), first.year, lambda _: period, first.month)


def _day_point(match: re.Match[str], month: int, number: int, year: int | None) -> _Point | None:
    if not 1 <= number <= Period.month(_LEAP_YEAR, month).last.day:
        return None
    return _Point(match.start(), match.end(), year, lambda year: _one_day(year, month, number), month)


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Tell the months May and March from the verbs: after "in", "for" ..., or with a capital inside a sentence."""
    word = match.group()
    if word.lower() not in {"may", "march", "mar"}:
        return True
    before = text[: match.start()]
    if _LEADS_A_MONTH.search(before):
        return True
    return word[0].isupper() and bool(before.strip()) and before.rstrip()[-1] not in ".!?"


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _one_day(year: int, month: int, number: int) -> Period:
    # 29 February of a common year is its last day.
    day = date(year, month, min(number, Period.month(year, month).last.day))
    return Period(day, day)


def _relative(match: re.Match[str], newest: date) -> Period:
    if match["to_date"]:
        return Period(date(newest.year, 1, 1), newest)
    if match["count"]:
        return _last_few(max(1, int(match["count"])), match["units"].lower(), newest)
    back = 0 if match["which"].lower() in {"this", "current"} else 1
    match match["unit"].lower():
        case "week":
            monday = newest - timedelta(days=newest.weekday() + 7 * back)
            return Period(monday, monday + timedelta(days=6))
        case "month":
            day = months_before(newest.replace(day=1), back)
            return Period.month(day.year, day.month)
        case "quarter":
            day = months_before(newest.replace(day=1), 3 * back)
            return Period.quarter(day.year, quarter_of(day))
        case _:
            return Period.year(newest.year - back)


def _last_few(count: int, unit: str, newest: date) -> Period:
    """Count back from the newest day, which is included."""
    if unit == "month":
        return Period(months_before(newest + timedelta(days=1), count), newest)
    return Period(newest - timedelta(days=count * (7 if unit == "week" else 1) - 1), newest)
