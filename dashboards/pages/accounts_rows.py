"""An account as a row: in the accounts table, in the lists of high and low health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse

from accounts.models import Account
from dashboards import formats
from scoring.core.bands import AT_RISK, UNDEFINED
from scoring.models import AccountHealth
from scoring.queries.history import WEEKS, Line
from scoring.queries.listing import ebr_due_on
from scoring.queries.staleness import Staleness
from scoring.queries.words import Words

EBR_OVERDUE = "ebr_overdue"
EBR_DUE_SOON_DAYS = 21
RENEWAL_URGENT_DAYS = 45


@dataclass(frozen=True)
class Ebr:
    """What the EBR column says; `state` is overdue, due, held or none."""

    state: str
    text: str


@dataclass(frozen=True)
class AccountRow:
    pk: int
    name: str
    url: str
    segment: str
    phase: str
    owner: str
    band: int
    band_name: str
    score: Decimal | None
    change: Decimal | None
    scores: tuple[float | None, ...]
    arr: Decimal | None
    users: int | None
    renewal_date: date | None
    renewal_days: int | None
    is_renewal_urgent: bool
    flags: tuple[str, ...]
    ebr: Ebr
    plan: tuple[str, ...] | None
    nps: int | None
    touch_days: int | None
    silent_sources: tuple[str, ...]
    domain: str = ""
    industry: str = ""
    size: str = ""
    country: str = ""
    seats: int | None = None
    since: date | None = None
    coverage_ratio: float | None = None
    percentile: int | None = None
    figures: Mapping[str, str] = field(default_factory=dict)


def row_of(
    account: Account,
    *,
    words: Words,
    today: date,
    lines: Mapping[int, Line],
    plans: Mapping[int, tuple[str, ...]] | None = None,
    stale: Mapping[int, Staleness] | None = None,
    earlier: Mapping[int, int | None] | None = None,
) -> AccountRow:
    """An account with its segment, owner and health at hand; `plans` has the steps of open plans.

    Changes are those of a month, or from the scores of an `earlier` day.
    """
    health = health_of(account)
    days = (account.renewal_date - today).days if account.renewal_date else None
    band = health.band if health else UNDEFINED
    touched = health.last_touchpoint_on if health else None
    return AccountRow(
        pk=account.pk,
        name=account.name,
        url=reverse("account", args=[account.pk]),
        segment=account.segment.name if account.segment else "",
        phase=account.get_phase_display(),
        owner=str(account.owner) if account.owner else "",
        band=band,
        band_name=words.band(band),
        score=points(health.score) if health else None,
        change=change_since(account, earlier=earlier),
        scores=weekly_scores(lines.get(account.pk, ())),
        arr=health.arr_reporting if health else None,
        users=health.active_users if health else None,
        renewal_date=account.renewal_date,
        renewal_days=days,
        is_renewal_urgent=band in AT_RISK and days is not None and days <= RENEWAL_URGENT_DAYS,
        flags=tuple(words.flag(key) for key in health.flags) if health else (),
        ebr=ebr_of(account, health=health, today=today),
        plan=(plans or {}).get(account.pk),
        nps=health.nps if health else None,
        touch_days=(today - touched).days if touched else None,
        silent_sources=stale[account.pk].sources if stale and account.pk in stale else (),
        domain=account.domain,
        industry=account.industry,
        size=account.size_tier,
        country=account.country,
        seats=account.seats,
        since=account.started_on,
        coverage_ratio=health.coverage if health else None,
    )


def health_of(account: Account) -> AccountHealth | None:
    """The account's latest health; none before its first score."""
    return getattr(account, "health", None)


def shown_percentile(percentile: float) -> int:
    """Nobody is in the 0th or the 100th: there is always somebody, themselves at least."""
    return min(max(int(formats.rounded(percentile)), 1), 99)


def points(score_hundredths: int | None) -> Decimal | None:
    return None if score_hundredths is None else Decimal(score_hundredths) / 100


def month_change(health: AccountHealth | None, *, places: int = 0) -> Decimal | None:
    """Points up or down in a month, between scores as shown; none where either end has no score."""
    if health is None:
        return None
    return formats.shown_change(points(health.score), points(health.score_month_ago), places=places)


def change_since(account: Account, *, earlier: Mapping[int, int | None] | None, places: int = 0) -> Decimal | None:
    """Points up or down since an earlier day; in a month, where none is given."""
    health = health_of(account)
    if earlier is None or health is None:
        return month_change(health, places=places)
    return formats.shown_change(points(health.score), points(earlier.get(account.pk)), places=places)


def weekly_scores(kept: Sequence[tuple[int, int | None]]) -> tuple[float | None, ...]:
    """26 weeks of points, oldest first, from the first known week on. A week without a score is a gap; a week that
    was not computed at all lies on the line between its neighbors."""
    weeks = {days // 7: score for days, score in kept}
    if not weeks:
        return ()
    known = sorted(weeks, reverse=True)
    line: list[float | None] = []
    for older, newer in zip(known, known[1:], strict=False):
        line += between(weeks[older], weeks[newer], steps=older - newer)
    newest = weeks[known[-1]]
    line.append(None if newest is None else newest / 100)
    # The line starts where the history does: the weeks before it leave their room empty.
    return (None,) * (WEEKS - len(line)) + tuple(line)


def between(start: int | None, end: int | None, *, steps: int) -> list[float | None]:
    """The start and the weeks up to the end, without it."""
    if start is None:
        return [None] * steps
    if end is None:
        return [start / 100, *[None] * (steps - 1)]
    return [(start + (end - start) * step / steps) / 100 for step in range(steps)]


def ebr_of(account: Account, *, health: AccountHealth | None, today: date) -> Ebr:
    """Overdue by the scorecard's own flag or a known last EBR: where nobody records EBRs, none is overdue."""
    held = health.last_ebr_on if health else None
    due = ebr_due_on(account, health=health)
    if due < today and (held or (health and EBR_OVERDUE in health.flags)):
        return Ebr("overdue", f"{formats.short_span((today - due).days)} overdue")
    if held is None:
        return Ebr("none", "")
    if due <= today + timedelta(days=EBR_DUE_SOON_DAYS):
        return Ebr("due", f"Due {formats.short_day(due)}")
    return Ebr("held", formats.near_day(held, today=today))
