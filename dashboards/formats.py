"""How numbers, money and dates read: one way on every page, in every chart and in exports for people."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, wraps
from typing import Any, ParamSpec

from babel.dates import format_date, format_time
from babel.numbers import format_decimal, get_currency_symbol

Number = int | float | Decimal

# The language of who reads: English, but on the customer's page.
LOCALE: ContextVar[str] = ContextVar("locale", default="en_US")
MINUS = "\u2212"
NONE = "\u2013"
NO_BREAK = "\u00a0"
# Where other languages keep the sign apart from the number.
PERCENT = dict.fromkeys(("de_DE", "fr_FR", "es_ES"), f"{NO_BREAK}%")
# How a date reads where babel's own short months alone would not do.
DAYS = {"de_DE": ("d. MMM y", "d. MMM")}
ENGLISH_DAYS = ("d MMM y", "d MMM")
# Where a money figure stops being said in one unit: the smallest amount that rounds up to the next.
MONEY_UNITS = (
    (Decimal("999950000"), Decimal("1e9"), "B", 2),
    (Decimal("999500"), Decimal("1e6"), "M", 1),
    (Decimal("999.5"), Decimal("1e3"), "K", 0),
)
# Inside this many days a date in a narrow column needs no year.
SAME_YEAR_DAYS = 183


def rounded(value: Number, *, places: int = 0) -> Decimal:
    """The value to so many decimals, halves away from zero: 69.5 is 70."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class ScoreScale:
    """How scores are shown: `lowest` + points ÷ `unit`, with so many decimals, up to `highest`; or as a band's name."""

    unit: int = 1
    lowest: int = 0
    highest: int = 100
    places: int = 0
    is_number: bool = True

    def of(self, points: Number, *, places: int = 0) -> Decimal:
        """Points from 0 to 100 on the scale; `places` are decimals beyond the usual."""
        return rounded(self.lowest + Decimal(str(points)) / self.unit, places=self.places + places)

    def name_of(self, points: Number) -> str:
        """The name of the band, where that is all that is shown."""
        raise NotImplementedError


HUNDRED = ScoreScale()
# The scale that the organization chose, while a page is made for it; else 0 to 100.
SCALE: ContextVar[Callable[[], ScoreScale]] = ContextVar("scale", default=lambda: HUNDRED)


def score_scale() -> ScoreScale:
    """How scores are shown now."""
    return SCALE.get()()


def score(points: Number, *, places: int = 0) -> str:
    """A score as people see it: 67, 6.7, 4 or Moderate; `places` are decimals beyond the usual, for charts."""
    scale = score_scale()
    if not scale.is_number:
        return scale.name_of(points)
    return plain(scale.of(points, places=places), places=scale.places + places)


def score_range() -> str:
    """Between which ends a score lies, for the head of a chart: from 0 to 100."""
    scale = score_scale()
    return f"from {scale.lowest} to {scale.highest}" if scale.is_number else "by its band"


def score_number(points: Number) -> str:
    """A score beside the name of its band: nothing where the band is all that is shown."""
    return score(points) if score_scale().is_number else ""


def score_change(points: Number, *, places: int = 0) -> str:
    """The size of a change of the score on the scale, without its sign; nothing where only bands are shown."""
    scale = score_scale()
    size = abs(Decimal(str(points))) / scale.unit
    return plain(size, places=scale.places + places) if scale.is_number else ""


def score_noun(points: Number) -> str:
    """What a change of the score is counted in: points, where the scale is that of points."""
    if score_scale() is not HUNDRED:
        return ""
    return "point" if abs(points) == 1 else "points"


def shown_change(now: Number | None, before: Number | None, *, places: int = 0) -> Decimal | None:
    """The difference in points of two scores as people see them, so that both and it agree; None for an unknown one."""
    if now is None or before is None:
        return None
    scale = score_scale()
    return (scale.of(now, places=places) - scale.of(before, places=places)) * scale.unit


P = ParamSpec("P")


def remembered(said: Callable[P, str]) -> Callable[P, str]:
    """A page says the same few scores, amounts and dates many times, and babel reads its pattern anew for each."""

    @lru_cache(maxsize=4096)
    def in_locale(locale: str, args: tuple[Any, ...], more: tuple[tuple[str, Any], ...]) -> str:
        return said(*args, **dict(more))  # type: ignore[arg-type,call-arg]

    @wraps(said)
    def told(*args: P.args, **more: P.kwargs) -> str:
        return in_locale(LOCALE.get(), args, tuple(more.items()))

    return told


@remembered
def plain(value: Number, *, places: int = 0) -> str:
    """A number with separators of thousands and a true minus sign: −1,204.5."""
    exact = rounded(value, places=places)
    text = format_decimal(abs(exact), format=f"#,##0{'.' + '0' * places if places else ''}", locale=LOCALE.get())
    return f"{MINUS}{text}" if exact < 0 else text


def signed(value: Number, *, places: int = 0) -> str:
    """A change with its sign: +3.6, −14.0, and 0 without one."""
    return ("+" if rounded(value, places=places) > 0 else "") + plain(value, places=places)


def percent(ratio: Number, *, places: int = 0) -> str:
    """A ratio as a percentage: 0.42 is 42%."""
    return plain(Decimal(str(ratio)) * 100, places=places) + PERCENT.get(LOCALE.get(), "%")


@remembered
def money(value: Number, *, currency: str = "USD") -> str:
    """An amount in short: $486K, $7.2M, $1.24B."""
    amount = Decimal(str(value))
    symbol = get_currency_symbol(currency, locale=LOCALE.get())
    sign = MINUS if amount < 0 else ""
    for start, unit, letter, places in MONEY_UNITS:
        if abs(amount) >= start:
            return f"{sign}{symbol}{plain(abs(amount) / unit, places=places)}{letter}"
    return f"{sign if rounded(amount) else ''}{symbol}{plain(abs(amount))}"


def signed_money(value: Number, *, currency: str = "USD") -> str:
    """A change of an amount with its sign: +$0.9M is +$900K here."""
    return ("+" if rounded(value) > 0 else "") + money(value, currency=currency)


def exact_money(value: Number, *, currency: str = "USD") -> str:
    """An amount to the cent, or whole where it has no cents: $486,000."""
    amount = Decimal(str(value))
    places = 0 if amount == amount.to_integral_value() else 2
    sign = MINUS if amount < 0 else ""
    return f"{sign}{get_currency_symbol(currency, locale=LOCALE.get())}{plain(abs(amount), places=places)}"


@remembered
def day(value: date) -> str:
    """A date in full: 18 Nov 2026."""
    return format_date(value, DAYS.get(LOCALE.get(), ENGLISH_DAYS)[0], locale=LOCALE.get())


@remembered
def short_day(value: date) -> str:
    """A date without its year: 18 Nov."""
    return format_date(value, DAYS.get(LOCALE.get(), ENGLISH_DAYS)[1], locale=LOCALE.get())


def near_day(value: date, *, today: date) -> str:
    """A date for a narrow column: without the year inside half a year of today."""
    return short_day(value) if abs((value - today).days) < SAME_YEAR_DAYS else day(value)


@remembered
def month(value: date) -> str:
    """A month in full: Aug 2026."""
    return format_date(value, "MMM y", locale=LOCALE.get())


def axis_months(values: list[date]) -> list[str]:
    """Months for an axis: the first one and each January carry the year (Nov ’25, Dec, Jan ’26)."""
    return [
        format_date(value, "MMM \u2019yy" if n == 0 or value.month == 1 else "MMM", locale=LOCALE.get())
        for n, value in enumerate(values)
    ]


def quarter(value: date) -> str:
    """The quarter of a date: Q4 2026."""
    return f"Q{(value.month + 2) // 3} {value.year}"


def clock(value: datetime) -> str:
    """The time of day: 06:00."""
    return format_time(value, "HH:mm", locale=LOCALE.get())


def span(days: int) -> str:
    """A length of time in words: 64 days, 1 day."""
    return f"{plain(days)} {'day' if days == 1 else 'days'}"


def short_span(days: int) -> str:
    """A length of time for tables: 64 d."""
    return f"{plain(days)}{NO_BREAK}d"


def ago(passed: timedelta) -> str:
    """How long ago: just now, 12 min ago, 3 h ago, 2 days ago."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 24 * 60 else f"{span(minutes // (24 * 60))} ago"


def ordinal(number: int) -> str:
    """A place in an order: 1st, 2nd, 31st, 44th."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else last}"
