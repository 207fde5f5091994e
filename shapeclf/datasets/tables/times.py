"""Parse dates and times of day, and convert them to days or seconds since an origin."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, final

import numpy as np

from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

__all__ = ["Moment", "Times", "date_order", "parse_moment", "times_of", "times_of_numbers"]

_DAY = 86_400.0
_EPOCH = datetime.date(1970, 1, 1).toordinal()
_SAME_DAY = 6 * 3600.0  # a clock that goes back by more has passed midnight; by less, readings are out of order
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = (
    re.compile(r"(?P<y>[0-9]{4})(?P<mark>[-/._]|\. )(?P<m>[0-9]{1,2})(?P=mark)(?P<d>[0-9]{1,2})(?:\.(?![0-9]))?"),
    re.compile(r"(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})(?![-/._0-9])(?P<d>)"),
    re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?=T[0-9]{4})"),
    re.compile(r"(?P<a>[0-9]{1,2})(?P<mark>[-/.]|\. )(?P<b>[0-9]{1,2})(?P=mark)(?P<y>[0-9]{4}|[0-9]{2})(?![0-9.])"),
    re.compile(r"(?P<d>[0-9]{1,2})[-. ]{1,2}(?P<name>[A-Za-z]{3,9})[-., ]{1,2}(?P<y>[0-9]{4}|[0-9]{2})(?![0-9])"),
    re.compile(r"(?P<name>[A-Za-z]{3,9})\.? (?P<d>[0-9]{1,2}),? (?P<y>[0-9]{4})"),
)
_CLOCK = re.compile(
    r"(?P<h>[0-9]{1,4}):(?P<m>[0-5]?[0-9])(?::(?P<s>[0-5]?[0-9]|60))?(?:[.,](?P<f>[0-9]+))?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_COMPACT_CLOCK = re.compile(r"(?P<h>[0-9]{2})(?P<m>[0-5][0-9])(?P<s>[0-5][0-9])?(?:[.,](?P<f>[0-9]+))?(?P<half>(?!))?")
_ZONE = re.compile(r"\s*(?:Z|z|UTC|GMT|(?P<sign>[+-])(?P<h>[0-9]{2}):?(?P<m>[0-9]{2})?)(?:\[[\w/]+\])?")
_SHORT_YEAR = re.compile(r"[0-9]{2}([-/.]|\. )[0-9]{1,2}\1[0-9]{2}(?![0-9])")
_BETWEEN = re.compile(r"[T_,;]?\s*|\s*")


@final
@dataclass(frozen=True)
class Moment:
    """A date, a time of day, or both, as it is written.

    Attributes:
        date: Year, month and day; if the order is ambiguous, the first two numbers and the year; None without a date.
        seconds: Seconds since midnight; None without a time of day.
        offset: Seconds ahead of UTC; None if no time zone is given.
        is_ambiguous: Whether the first two numbers of the date may be day and month or month and day.
        has_short_year: Whether the date is three numbers of two digits, so that the year may be the first.
    """

    date: tuple[int, int, int] | None
    seconds: float | None
    offset: int | None = None
    is_ambiguous: bool = False
    has_short_year: bool = field(default=False, repr=False)

    @property
    def needs_order(self) -> bool:
        """Whether the date can only be read if the order of day, month and year is known."""
        return self.is_ambiguous or self.has_short_year


def _date(text: str) -> tuple[tuple[int, int, int], bool, int] | None:
    """Return the date at the beginning of a text, whether its order is ambiguous, and the index after it."""
    for pattern in _DATES:
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        year = int(groups["y"]) + (2000 if len(groups["y"]) == 2 else 0)
        if "a" in groups:
            first, second = int(groups["a"]), int(groups["b"])
            if groups["mark"][0] != ".":
                return (first, second, year), True, match.end()
            return (year, second, first), False, match.end()
        if "name" in groups:
            month = groups["name"][:3].lower()
            if month not in _MONTHS:
                continue
            return (year, _MONTHS.index(month) + 1, int(groups["d"])), False, match.end()
        return (year, int(groups["m"]), int(groups["d"] or 1)), False, match.end()
    return None


def _seconds(match: re.Match[str]) -> float | None:
    hours, minutes, fraction = int(match["h"]), int(match["m"]), match["f"]
    part = float(f"0.{fraction}") if fraction else 0.0
    if match["half"]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if match["half"] in "pP" else 0)
    if match["s"] is None and fraction:  # minutes:seconds.fraction
        return hours * 60.0 + minutes + part
    return hours * 3600.0 + minutes * 60.0 + int(match["s"] or 0) + part


def parse_moment(cell: str, *, is_minutes: bool = False) -> Moment | None:
    """Return the date or time in a cleaned cell; None if it holds none.

    Args:
        cell: The cleaned cell.
        is_minutes: Whether a time of two numbers is minutes and seconds, not hours and minutes.

    Example:
        >>> parse_moment("2024-03-01T09:00:00.5Z")
        Moment(date=(2024, 3, 1), seconds=32400.5, offset=0, is_ambiguous=False)
        >>> parse_moment("01.03.2024").date, parse_moment("9:30 PM").seconds, parse_moment("1.5")
        ((2024, 3, 1), 77400.0, None)
    """
    if len(cell) > 60 or not (":" in cell or sum(map(cell.count, "-/._ T")) > 0):
        return None
    parsed = _date(cell)
    date, is_ambiguous, end = (None, False, 0) if parsed is None else parsed
    if date is not None and not is_ambiguous and not _is_date(date):
        return None
    rest, is_short = cell[end:], parsed is not None and _SHORT_YEAR.match(cell) is not None
    if parsed is not None and not rest.strip():
        return Moment(date, None, None, is_ambiguous, is_short)
    between = _BETWEEN.match(rest) if parsed is not None else None
    if between is not None:
        rest = rest[between.end() :]
    match = _CLOCK.match(rest) or (_COMPACT_CLOCK.match(rest) if parsed is not None else None)
    if match is None:
        return None
    seconds = _seconds(match)
    if is_minutes and seconds is not None and not any(map(match.group, ("s", "f", "half"))):
        seconds /= 60
    rest = rest[match.end() :]
    zone = _ZONE.fullmatch(rest) if rest else None
    if seconds is None or (rest and (zone is None or parsed is None)) or (parsed is not None and seconds > _DAY + 1):
        return None
    return Moment(date, seconds, None if zone is None else _offset(zone), is_ambiguous, is_short)


def _is_date(date: tuple[int, int, int]) -> bool:
    try:
        datetime.date(*date)
    except ValueError:
        return False
    return True


def _offset(zone: re.Match[str]) -> int:
    if zone["sign"] is None:
        return 0
    seconds = int(zone["h"]) * 3600 + int(zone["m"] or 0) * 60
    return -seconds if zone["sign"] == "-" else seconds


@final
@dataclass(frozen=True)
class Times:
    """A column of dates or times.

    Attributes:
        values: Days or seconds since the origin, shape (rows,).
        unit: ``"d"`` if there are only dates, else ``"s"``.
        origin: The date or time at 0, in ISO 8601.
    """

    values: FloatArray
    unit: Literal["d", "s"]
    origin: str


def date_order(moments: Sequence[Moment], where: str, requested: str | None, cell: str) -> str:
    """Infer the order of day, month and year in dates whose order may differ: ``"dmy"``, ``"mdy"`` or ``"ymd"``.

    Raises:
        InputError: The dates allow several orders, or contradict each other.
    """
    pairs = [moment.date for moment in moments if moment.is_ambiguous and moment.date is not None]
    if requested is not None:
        if requested == "ymd" and any(moment.is_ambiguous and not moment.has_short_year for moment in moments):
            raise InputError(f"{where}: {cell!r} does not begin with a year of two digits; give another --date-format")
        return requested
    days_first = any(pair[0] > 12 for pair in pairs)
    months_first = any(pair[1] > 12 for pair in pairs)
    if pairs and days_first == months_first:
        raise InputError(
            f"{where}: {cell!r} may begin with the day or the month; give --date-format dmy or --date-format mdy"
        )
    order = "mdy" if months_first else "dmy"
    if all(moment.has_short_year for moment in moments) and _may_begin_with_years(moments, order):
        raise InputError(
            f"{where}: {cell!r} may begin with the year or the {'month' if months_first else 'day'}; give "
            f"--date-format ymd or --date-format {order}"
        )
    return order


def _may_begin_with_years(moments: Sequence[Moment], order: str) -> bool:
    """Return whether the dates span much less time with the year first, and are then as well in ascending order.

    They do not if a year would be in the future, or if all are the same first or last day of a month, as in a table of
    years.
    """
    dates = [datetime.date(*date) for moment in moments if (date := _ordered(moment, order)) and _is_date(date)]
    is_yearly = len({(date.month, date.day) for date in dates}) == 1
    if is_yearly and (dates[0].day == 1 or (dates[0] + datetime.timedelta(days=1)).day == 1):
        return False
    if any((_ordered(moment, "ymd") or (0,))[0] > _this_year() + 1 for moment in moments):
        return False
    try:
        days, others = ([_ordinal(_ordered(moment, each), "") for moment in moments] for each in (order, "ymd"))
    except InputError:
        return False
    return 2 * np.ptp(others) < np.ptp(days) and (others == sorted(others) or days != sorted(days))


def _this_year() -> int:
    return datetime.date.today().year


def _ordered(moment: Moment, order: str) -> tuple[int, int, int] | None:
    if moment.date is None or not (moment.is_ambiguous or (order == "ymd" and moment.has_short_year)):
        return moment.date
    first, second, year = moment.date if moment.is_ambiguous else moment.date[::-1]
    if order == "ymd":
        return (2000 + first, second, year - 2000)
    return (year, second, first) if order == "dmy" else (year, first, second)


def times_of(
    moments: Sequence[Moment], where: str, cell: str, *, order: str | None = None, origin: str | None = None
) -> Times:
    """Convert dates or times to days or seconds since the earliest, or since another origin.

    Args:
        moments: Dates or times in the order of the file, at least one; all have a date, or none has.
        where: Location of the first of them, for messages.
        cell: Text of the first of them, for messages.
        order: ``"dmy"``, ``"mdy"`` or ``"ymd"`` for ambiguous dates; None to infer it.
        origin: Date or time that becomes 0; None for the earliest.

    Raises:
        InputError: The order of the dates is ambiguous, a day does not exist, or the origin is of another kind.

    Example:
        >>> times_of([parse_moment("23:59:00"), parse_moment("00:01:00")], "t.csv", "23:59:00")
        Times(values=array([  0., 120.]), unit='s', origin='23:59:00')
    """
    is_certain = not any(moment.needs_order for moment in moments)
    order = "iso" if is_certain else date_order(moments, where, order, cell)
    dated = moments[0].date is not None
    seconds = np.array([moment.seconds or 0.0 for moment in moments])
    if dated:
        days = np.array([_ordinal(_ordered(moment, order), where) for moment in moments])
        seconds -= [moment.offset or 0 for moment in moments]
    else:
        days = _days_of_clock(seconds)
    whole_days = all(moment.seconds is None for moment in moments) and dated
    zero = int(np.lexsort((seconds, days))[0])
    return _since(days, seconds, zero, moments[zero], whole_days, order, origin)


def times_of_numbers(values: FloatArray, dates: bool, *, origin: str | None = None) -> Times:
    """Convert days or seconds since 1970 to days or seconds since the earliest, or since another origin.

    Args:
        values: Days or seconds, shape (rows,).
        dates: Whether the values are days.
        origin: Date or time that becomes 0; None for the earliest.

    Raises:
        InputError: The origin is not a date.
    """
    zero = int(values.argmin())
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(**{"days" if dates else "seconds": float(values[zero])})
    first = parse_moment(moment.date().isoformat() if dates else moment.isoformat())
    days, seconds = (values, np.zeros_like(values)) if dates else (np.zeros_like(values), values)
    return _since(days + _EPOCH, seconds, zero, first or Moment(None, None), dates, "iso", origin)


def _since(
    days: FloatArray,
    seconds: FloatArray,
    zero: int,
    first: Moment,
    whole_days: bool,
    order: str,
    origin: str | None,
) -> Times:
    """Return days or seconds since the date or time at index ``zero``, or since another origin."""
    day, second, name = float(days[zero]), float(seconds[zero]), _iso(first, order)
    if origin is not None:
        other, dated = parse_moment(origin.strip()), first.date is not None
        orders = ("dmy", "mdy", "ymd") if other is not None and other.has_short_year else ("dmy", "mdy")
        if other is None or (other.date is None) == dated or (other.is_ambiguous and order not in orders):
            raise InputError(f"--x-origin {origin!r} is not a {'date' if dated else 'time of day'} like {name}")
        day = float(_ordinal(_ordered(other, order), "--x-origin")) if dated else 0.0
        second, name = (other.seconds or 0.0) - (other.offset or 0), _iso(other, order)
    if whole_days and not second:
        return Times(days - day, "d", name)
    return Times((days - day) * _DAY + (seconds - second), "s", name)


def _ordinal(date: tuple[int, int, int] | None, where: str) -> int:
    try:
        return datetime.date(*(date or (0, 0, 0))).toordinal()
    except ValueError:
        year, month, day = date or (0, 0, 0)
        raise InputError(f"{where}: there is no day {day} of month {month} in {year}") from None


def _days_of_clock(seconds: FloatArray) -> FloatArray:
    """Return the day of each time of day: how often the clock has passed midnight since the first.

    All days are 0 if a time has 24 hours or more, because such a clock does not start again at midnight.
    """
    steps = np.diff(seconds, prepend=seconds[0])
    if seconds.max() >= _DAY or len(seconds) < 2:
        return np.zeros(len(seconds))
    if (steps < 0).sum() > len(steps) / 2:  # the newest reading first
        return -np.cumsum(steps > _SAME_DAY).astype(float)
    return np.cumsum(steps < -_SAME_DAY).astype(float)


def _iso(moment: Moment, order: str) -> str:
    date = _ordered(moment, order)
    day = "" if date is None else f"{date[0]:04d}-{date[1]:02d}-{date[2]:02d}"
    if moment.seconds is None:
        return day
    whole, micro = divmod(round(moment.seconds * 1e6), 10**6)
    clock = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}" + (
        f".{micro:06d}".rstrip("0") if micro else ""
    )
    zone = ""
    if moment.offset is not None:
        minutes = abs(moment.offset) // 60
        zone = f"{'-' if moment.offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{day}T{clock}{zone}" if day else clock
