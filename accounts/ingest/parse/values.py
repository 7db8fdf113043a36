"""Text → value: numbers, yes and no, days and moments. Refuses with a ValueError that says why."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from zoneinfo import ZoneInfo

TRUE_WORDS = {"true", "t", "yes", "y", "1", "on"}
FALSE_WORDS = {"false", "f", "no", "n", "0", "off"}
# Thousands only as whole groups of three, so that the European 1,5 is never read as 15.
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][+-]?\d{1,2})?")
LONGEST_NUMBER = 40
# Spaces and apostrophes between groups of three, and signs of money, as spreadsheets write them.
ORNAMENTS = re.compile(r"(?<=\d)[ '’](?=\d{3}(\D|$))|^[$€£¥] ?| ?[$€£¥]$")
MARKED = re.compile(r"[+-]?(\d{1,3}([.,])\d{3}(?:\2\d{3})*|\d+)(?:([.,])(\d+))?")
SWAP = str.maketrans(",.", ".,")
# A day as spreadsheets count them: from 1927 to 2100.
SERIAL_DAY = re.compile(r"([1-7]\d{4})(\.\d+)?")
LAST_SERIAL = 73_415
ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
NUMBERED_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?")
# As people write formats, in the order in which they are replaced.
FORMAT_WORDS = (
    ("YYYY", "%Y"), ("MM", "%m"), ("DD", "%d"), ("YY", "%y"), ("HH", "%H"), ("mm", "%M"), ("SS", "%S"), ("ss", "%S"),
)  # fmt: skip
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Order(Enum):
    """Which number of 07-08-2023 is the day."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNSETTLED = "unsettled"
    CONTRADICTORY = "contradictory"


@dataclass(frozen=True, slots=True)
class DayReader:
    """How the days of one column are read."""

    order: Order = Order.UNSETTLED
    format: str | None = None
    zone: ZoneInfo = ZoneInfo("UTC")
    # Where a spreadsheet's days are counted from; None: a bare number is no day.
    epoch: date | None = None

    def day(self, text: str) -> date:
        """A calendar day; a clock time behind it is dropped only where it is midnight."""
        moment = self.parts(text)
        if isinstance(moment, datetime):
            if moment.time() != time(0):
                raise ValueError(f"{text!r} has a time of day, where a date is wanted")
            return moment.date()
        return moment

    def moment(self, text: str) -> datetime:
        """A moment; without a zone it is of the organization's, without a time it is midnight."""
        moment = self.parts(text)
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time(0))
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def parts(self, text: str) -> date | datetime:
        if self.format and (stated := self.by_format(text)):
            return stated
        if self.epoch and (counted := SERIAL_DAY.fullmatch(text)) and int(counted[1]) <= LAST_SERIAL:
            return from_serial(self.epoch, int(counted[1]), float(counted[2] or 0))
        day_text, _, clock = text.replace("T", " ", 1).partition(" ")
        day = self.written_day(day_text, text)
        return clocked(day, clock.strip(), text) if clock.strip() else day

    def by_format(self, text: str) -> date | datetime | None:
        """Read by the stated format; a format of a day also reads the day of a moment."""
        if self.format is None:
            return None
        day_text, _, clock = text.partition(" ")
        for written, rest in ((text, ""), (day_text, clock.strip())):
            try:
                moment = datetime.strptime(written, self.format)  # noqa: DTZ007 the zone is added by moment()
            except ValueError:
                continue
            if rest:
                return clocked(moment.date(), rest, text)
            return moment if "%H" in self.format else moment.date()
        return None

    def written_day(self, day_text: str, text: str) -> date:
        if found := ISO_DAY.fullmatch(day_text):
            return made(*map(int, found.groups()), text=text)
        found = NUMBERED_DAY.fullmatch(day_text)
        if found is None:
            hint = f"as {self.format}, nor" if self.format else "as"
            raise ValueError(f"{text!r} does not read {hint} YYYY-MM-DD")
        if self.format:
            raise ValueError(f"{text!r} does not read as {self.format}")
        first, second, year = map(int, found.groups())
        if first == second or second > 12:
            return made(year, first, second, text=text)
        if first > 12 or self.order is Order.DAY_FIRST:
            return made(year, second, first, text=text)
        if self.order is Order.MONTH_FIRST:
            return made(year, first, second, text=text)
        raise ValueError(ambiguous(first, second))


def from_serial(epoch: date, days: int, part: float) -> date | datetime:
    """A spreadsheet's count of days, the time of day behind the point."""
    day = epoch + timedelta(days=days)
    return datetime.combine(day, time(0)) + timedelta(seconds=round(part * 86_400)) if part else day


def ambiguous(first: int, second: int) -> str:
    return f"ambiguous: {first} {MONTHS[second - 1]} or {second} {MONTHS[first - 1]}? pass --date-format"


def made(year: int, month: int, day: int, *, text: str) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text!r} is no day of the calendar") from None


def clocked(day: date, clock: str, text: str) -> datetime:
    found = CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(f"{text!r} has no time of day such as 15:04 or 15:04:05")
    hour, minute, second, zone = found.groups()
    try:
        moment = datetime.combine(day, time(int(hour), int(minute), int(second or 0)))
        return moment.replace(tzinfo=datetime.strptime(zone.replace(":", ""), "%z").tzinfo) if zone else moment
    except ValueError:
        raise ValueError(f"{text!r} has no time of day that a clock shows") from None


def vote(text: str) -> Order | None:
    """What one value says about its column: 27-07-2023 can only have its day first."""
    found = NUMBERED_DAY.match(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if first > 12 >= second:
        return Order.DAY_FIRST
    return Order.MONTH_FIRST if second > 12 >= first else None


def is_ambiguous(text: str) -> bool:
    """Whether either number may be the day, and they differ."""
    found = NUMBERED_DAY.match(text)
    return found is not None and found[1] != found[2] and int(found[1]) <= 12 and int(found[2]) <= 12


def mark_of(text: str) -> str | None:
    """The decimal mark that a number shows; "?" where 1,234 may be either; None where it shows none."""
    found = MARKED.fullmatch(undressed(text))
    if found is None:
        return None
    groups, group_mark, last_mark, decimals = found[1], found[2], found[3], found[4]
    if last_mark and group_mark:
        return None if last_mark == group_mark else last_mark
    if group_mark and groups.startswith("0"):
        return group_mark
    if group_mark:
        # 1,234,567 can only be grouped; 1,234 may also have three decimals.
        return other_mark(group_mark) if groups.count(group_mark) > 1 else "?"
    if last_mark is None:
        return None
    return "?" if len(decimals) == 3 and len(groups) <= 3 else last_mark


def other_mark(mark: str) -> str:
    return "." if mark == "," else ","


def undressed(text: str) -> str:
    """A number without what only makes it easier to read."""
    return ORNAMENTS.sub("", text.strip())


def pointed(text: str, mark: str) -> str:
    """A number as it is read here, with a decimal point."""
    plain = undressed(text)
    return plain.translate(SWAP) if mark == "," else plain


def settled(votes: set[Order]) -> Order:
    if not votes:
        return Order.UNSETTLED
    return next(iter(votes)) if len(votes) == 1 else Order.CONTRADICTORY


def format_of(words: str) -> str:
    """DD-MM-YYYY, or a strptime format as it is."""
    if "%" not in words:
        for word, code in FORMAT_WORDS:
            words = words.replace(word, code)
    if (
        not {"%d", "%m", "%Y"} <= set(re.findall("%[a-zA-Z]", words))
        and "%y" not in words
        and "%b" not in words.lower()
    ):
        raise ValueError(f"{words!r} is no date format. Write it as DD-MM-YYYY or %d-%m-%Y.")
    return words


def whole(text: str) -> int:
    value = decimal(text)
    if value != value.to_integral_value():
        raise ValueError(f"{text!r} is no whole number")
    return int(value)


def decimal(text: str) -> Decimal:
    """An exact number. NaN and Infinity are none."""
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        raise ValueError(f"{text[:LONGEST_NUMBER]!r} is no number")
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None


def real(text: str) -> float:
    return float(decimal(text))


def truth(text: str) -> bool:
    word = text.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def several(text: str) -> tuple[str, ...]:
    """Ids separated by semicolons or bars."""
    return tuple(part.strip() for part in re.split(r"[;|]", text) if part.strip())


PLAIN: dict[object, Callable[[str], object]] = {
    str: str,
    int: whole,
    Decimal: decimal,
    float: real,
    bool: truth,
    tuple[str, ...]: several,
}
NUMBERS = (int, Decimal, float)
