"""What templates use: filters for numbers, money and dates, and tags for the components of the design."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide

from dashboards import formats
from dashboards.charts import shapes
from dashboards.charts.theme import USUAL_NAMES
from dashboards.formats import Number

register = template.Library()

PIP_WORDS = {"done": "done", "overdue": "overdue", "doing": "in progress", "open": "not started"}
AVATAR_HUES = 6


@register.simple_tag
def dash(label: str) -> SafeString:
    """The dim en dash for a value that is not there; the label tells a screen reader what is missing."""
    hidden = format_html('<span class="visually-hidden">{}</span>', label)
    return format_html('<span class="none" title="{}"><span aria-hidden="true">–</span>{}</span>', label, hidden)


# Filters. Each takes None as "we do not know" and answers with the labeled dash.


@register.filter
def score(value: Number | None) -> str:
    """A score, given in points from 0 to 100, on the organization's scale; halves go up."""
    return dash("no score") if value is None else formats.score(value)


@register.filter
def mean_score(value: Number | None) -> str:
    """A mean of scores, with one decimal more than a score."""
    return dash("no score") if value is None else formats.score(value, places=1)


@register.filter
def signed_score(points: Number | None) -> str:
    """A change of the score with its sign; where only bands are shown, whether it is up or down."""
    if points is None:
        return dash("no change known")
    size = formats.score_change(points)
    if not points:
        return size or "unchanged"
    return f"{'+' if points > 0 else formats.MINUS}{size}" if size else "up" if points > 0 else "down"


@register.filter
def at_score(points: Number) -> str:
    """The score after the name of its band, in a sentence: at 65; nothing where only bands are shown."""
    return f" at {formats.score(points)}" if formats.score_scale().is_number else ""


@register.filter
def score_noun(points: Number) -> str:
    """What a change of the score is counted in."""
    return formats.score_noun(points)


@register.simple_tag
def out_of(word: str = "of") -> str:
    """What the scale of scores ends with: of 100; nothing where only bands are shown."""
    scale = formats.score_scale()
    return f" {word} {scale.highest}" if scale.is_number else ""


@register.simple_tag
def say(text: str, *parts: object) -> str:
    """A sentence of another language with its parts in the places that it has for them."""
    return text.format(*parts)


@register.filter
def points(value: Number | None) -> str:
    """Points with one decimal, for the build-up."""
    return dash("no points") if value is None else formats.plain(value, places=1)


@register.filter
def money(value: Number | None, currency: str = "USD") -> str:
    return dash("no amount") if value is None else formats.money(value, currency=currency)


@register.filter
def signed_money(value: Number | None, currency: str = "USD") -> str:
    return dash("no amount") if value is None else formats.signed_money(value, currency=currency)


@register.filter
def exact_money(value: Number | None, currency: str = "USD") -> str:
    return dash("no amount") if value is None else formats.exact_money(value, currency=currency)


@register.filter
def count(value: Number | None) -> str:
    return dash("no number") if value is None else formats.plain(value)


@register.filter
def decimals(value: Number | None, places: int = 2) -> str:
    """A number with so many decimals: 4.55."""
    return dash("no value") if value is None else formats.plain(value, places=places)


@register.filter
def percent(ratio: Number | None, places: int = 0) -> str:
    """A ratio from 0 to 1 as a percentage."""
    return dash("no percentage") if ratio is None else formats.percent(ratio, places=places)


@register.filter
def signed(value: Number | None, places: int = 0) -> str:
    return dash("no change known") if value is None else formats.signed(value, places=places)


@register.filter
def figure(texts: Mapping[str, str], key: str) -> str:
    """What a row says in the column of a measure; nothing where it is not known."""
    return texts.get(key, "")


@register.filter
def day(value: date | None) -> str:
    return dash("no date") if value is None else formats.day(value)


@register.filter
def short_day(value: date | None) -> str:
    return dash("no date") if value is None else formats.short_day(value)


@register.filter
def near_day(value: date | None, today: date) -> str:
    return dash("no date") if value is None else formats.near_day(value, today=today)


@register.filter
def month(value: date | None) -> str:
    return dash("no month") if value is None else formats.month(value)


@register.filter
def clock(value: datetime | None) -> str:
    return dash("no time") if value is None else formats.clock(value)


@register.filter
def span_days(days: int | None) -> str:
    return dash("no date") if days is None else formats.span(days)


@register.filter
def short_days(days: int | None) -> str:
    return dash("no date") if days is None else formats.short_span(days)


@register.filter
def ago(value: datetime | None, now: datetime) -> str:
    return dash("never") if value is None else formats.ago(now - value)


@register.filter
def ordinal(number: int | None) -> str:
    return dash("no place") if number is None else formats.ordinal(number)


@register.filter
def band_name(code: int) -> str:
    return USUAL_NAMES[code]


# Components.


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """A Lucide icon. Without a label it is decoration and hidden from screen readers."""
    drawn = _icon(str(name), size)
    return drawn if not label else format_html('{}<span class="visually-hidden">{}</span>', drawn, label)


@lru_cache(maxsize=512)
def _icon(name: str, size: int) -> SafeString:
    # Cached: the package takes an icon from a zip file and copies its tree for each use.
    return SafeString(lucide(name, size=size, stroke_width="1.75", aria_hidden="true", focusable="false"))


@register.simple_tag
@lru_cache(maxsize=64)
def shape(code: int, size: int = 9) -> SafeString:
    """The mark of a band as SVG. It is decoration: the name of the band must stand beside it, shown or hidden."""
    inside = shapes.band_shape(code, size=size)
    start = f'<svg class="shape shape--{code}" width="{size}" height="{size}" viewBox="0 0 {size} {size}"'
    return mark_safe(f'{start} aria-hidden="true">{inside}</svg>')  # noqa: S308 - made of numbers only


@register.inclusion_tag("_band.html")
def band(code: int | None, score: Number | None = None, form: str = "pill", name: str = "", url: str = "") -> dict:
    """A band as badge or text; see _band.html for the forms."""
    code = shapes.UNDEFINED if code is None else code
    shown = None if code == shapes.UNDEFINED or score is None else formats.score_number(score)
    # Where the band is all that is shown, its name stands in the place of the number.
    form = "row" if form == "dense" and shown == "" else form
    return {"code": code, "score": shown, "form": form, "name": name or USUAL_NAMES[code], "url": url}


@register.inclusion_tag("_delta.html")
def delta(
    value: Number | None,
    good: str = "up",
    unit: str = "",
    currency: str = "USD",
    chip: bool = False,
    noun: str = "",
    title: str = "",
) -> dict:
    """A change with arrow and color; see _delta.html."""
    places = 1 if unit in {"one", "pts", "score one"} else 0
    # A change of the score comes as the difference of two that were rounded as they are shown.
    change = Decimal(str(value or 0)) if unit.startswith("score") else formats.rounded(value or 0, places=places)
    direction = "" if change == 0 else "up" if change > 0 else "down"
    verdict = "" if not direction or good == "none" else "good" if direction == good else "bad"
    text = "new" if value is None else "0" if not direction else _amount(abs(change), unit, currency, places)
    return {"text": text, "direction": direction, "verdict": verdict, "chip": chip, "noun": noun, "title": title}


def _amount(value: Number, unit: str, currency: str, places: int) -> str:
    if unit.startswith("score"):
        return formats.score_change(value, places=places)
    if unit == "money":
        return formats.money(value, currency=currency)
    return formats.plain(value, places=places) + (" pts" if unit == "pts" else "")


@register.inclusion_tag("_sparkline.html")
def sparkline(values: Sequence[float | None], code: int | None = None, width: int = 72, height: int = 20) -> dict:
    """A line of weekly scores with its end in the band's color; see _sparkline.html."""
    line = shapes.sparkline(values, width=width, height=height)
    known = [value for value in values if value is not None]
    summary = f"from {formats.score(known[0])} to {formats.score(known[-1])}" if known else "no score"
    code = shapes.UNDEFINED if code is None else code
    return {"line": line, "code": code, "width": width, "height": height, "middle": height / 2, "summary": summary}


@register.inclusion_tag("_ring.html")
def ring(score: Number | None, code: int | None, size: int = 56, form: str = "ring", of: str = "of") -> dict:
    """A score in a ring, or with form="gauge" in the open ring of the customer page; see _ring.html."""
    code = shapes.UNDEFINED if code is None else code
    start, sweep = (225.0, 270.0) if form == "gauge" else (0.0, 360.0)
    width = size * (0.09 if form == "gauge" else 0.085)
    radius = (size - width) / 2
    share = float(score) / 100 if score is not None else 1.0
    return {
        "size": size,
        "center": size / 2,
        "width": round(width, 2),
        "code": code,
        "form": form,
        "of": of,
        "score": None if score is None else formats.score_number(score),
        "highest": formats.score_scale().highest if formats.score_scale().is_number else "",
        "track": shapes.arc(center=size / 2, radius=radius, start=start, sweep=sweep),
        "value": shapes.arc(center=size / 2, radius=radius, start=start, sweep=sweep * share) if share else "",
        "letter": round(size * (0.32 if form == "gauge" else 0.34), 1),
        "baseline": round(size * (0.53 if form == "gauge" else 0.62), 1),
        "below": round(size * 0.66, 1),
    }


@register.inclusion_tag("_pips.html")
def pips(states: Iterable[str], text: str = "of", slots: int = 5) -> dict:
    """The steps of a plan as small bars; see _pips.html."""
    known = list(states)
    done, overdue = known.count("done"), known.count("overdue")
    words = [f"{known.count(state)} {word}" for state, word in PIP_WORDS.items() if state in known]
    shown = {"of": f"{done} of {len(known)}", "short": f"{done}/{len(known)}", "overdue": f"{overdue} overdue"}
    bars = known + ["free"] * (slots - len(known))
    return {"bars": bars, "text": shown.get(text, ""), "label": "Plan: " + (", ".join(words) or "no steps")}


@register.inclusion_tag("_stack.html")
def stack(parts: Iterable[Any], longest: Number | None = None, legend: bool = False, label: str = "") -> dict:
    """A stacked bar by band. Parts have code, count and perhaps name and url; see _stack.html."""
    known = [part for part in parts if part.count]
    total = sum(part.count for part in known)
    scale = float(longest or total or 1)
    rows = [
        {
            "code": part.code,
            "count": part.count,
            "url": getattr(part, "url", ""),
            "name": getattr(part, "name", "") or USUAL_NAMES[part.code],
            "width": f"{float(part.count) / scale * 100:.2f}",
        }
        for part in sorted(known, key=lambda part: shapes.ORDER.index(part.code))
    ]
    words = ", ".join(f"{formats.plain(row['count'])} {row['name']}" for row in rows)
    return {"parts": rows, "legend": legend, "label": f"{label}: {words}" if label else words or "no accounts"}


@register.inclusion_tag("_avatar.html")
def avatar(name: str, size: str = "") -> dict:
    """The initials of a person or an account in a quiet color that stays the same; see _avatar.html."""
    words = [word for word in name.split() if word[0].isalnum()]
    initials = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
    hue = crc32(name.encode()) % AVATAR_HUES + 1
    return {"initials": initials if size != "square" else initials[:1], "hue": hue, "size": size, "name": name}


@register.inclusion_tag("_bar.html")
def bar(value: Number | None, of: Number = 100, fill: str = "accent", label: str = "") -> dict:
    """A plain bar from 0 to its whole; see _bar.html."""
    share = 0.0 if value is None or not of else max(0.0, min(1.0, float(value) / float(of)))
    return {"width": f"{share * 100:.2f}", "fill": fill, "label": label, "now": round(share * 100)}
