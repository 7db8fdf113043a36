"""How often accounts of each band renewed, from the dated history: worked out at night for the forecast.

A renewal is a renewal date as it stood about 90 days before: at each month's last scored day the accounts that were
then active and due 90 days later, until the next month's last day is nearer. The band is that day's. It renewed if
the account is active 30 days after the date; dates of the last 30 days are left out. Shapes: R rows of history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from accounts.models import AccountHistory, Status
from scoring.core.arrays import Floats, Ints
from scoring.core.forecast import Rate
from scoring.core.groups import is_last_of
from scoring.extract.columns import columns
from scoring.extract.words import place_in
from scoring.models import Snapshot, Study, StudyKind
from scoring.queries.summaries import ScoredDays, scored_days

BEFORE_DAYS = 90
GRACE_DAYS = 30
MOST_MONTHS = 60
# More than any ordinal of a day.
WIDTH = 10_000_000


@dataclass(frozen=True)
class Terms:
    """Rows of history in the order of account and day."""

    accounts: Ints
    since: Ints
    renewals: Floats  # ordinal, NaN for none
    active: Floats  # 0 is active

    def at(self, accounts: Ints, days: Floats) -> Ints:
        """The row of each account that holds on its day, each on its own."""
        keys = self.accounts * WIDTH + self.since
        return np.searchsorted(keys, accounts * WIDTH + days.astype(np.int64), side="right") - 1


def work_out_renewals(*, at: datetime) -> list[Study]:
    """The rates as of the newest scored day, in the place of those before."""
    days = scored_days()
    if days.newest is None:
        return []
    found, since = rates_of(days, read_terms(days.newest))
    study, _ = Study.objects.update_or_create(
        kind=StudyKind.RENEWALS,
        days=BEFORE_DAYS,
        defaults={"since": since, "as_of": days.newest, "computed_at": at, "found": {"bands": found}},
    )
    return [study]


def read_terms(until: date) -> Terms:
    rows = AccountHistory.objects.filter(valid_from__lte=until).annotate(code=place_in("status", [Status.ACTIVE]))
    ids, since, renewals, active = columns(
        rows.order_by(), "account_id", "valid_from", "renewal_date", "code", days=("valid_from", "renewal_date")
    )
    order = np.lexsort((since, ids))
    return Terms(ids[order].astype(np.int64), since[order].astype(np.int64), renewals[order], active[order])


def rates_of(days: ScoredDays, terms: Terms) -> tuple[dict[str, list[int]], date]:
    """[renewed, due] by band, and the first day that counts."""
    ends = days.month_ends(months=MOST_MONTHS)
    found: dict[str, list[int]] = {}
    last = days.newest.toordinal() - GRACE_DAYS if days.newest else 0
    for day, following in zip(ends, ends[1:], strict=False):
        first, until = day.toordinal() + BEFORE_DAYS, following.toordinal() + BEFORE_DAYS
        accounts, dates = due_between(terms, day, first, min(until, last + 1))
        bands = bands_on(day, accounts)
        renewed = terms.active[terms.at(accounts, dates + GRACE_DAYS)] == 0 if len(accounts) else np.zeros(0, bool)
        for band in np.unique(bands[~np.isnan(bands)]).tolist():
            counted = found.setdefault(str(int(band)), [0, 0])
            counted[0] += int(renewed[bands == band].sum())
            counted[1] += int((bands == band).sum())
    return found, ends[0]


def due_between(terms: Terms, day: date, first: int, until: int) -> tuple[Ints, Floats]:
    """Accounts active on the day with a renewal date, as it stood then, from `first` to the day before `until`."""
    rows = np.flatnonzero(terms.since <= day.toordinal())
    rows = rows[is_last_of(terms.accounts[rows])]
    dates = terms.renewals[rows]
    rows = rows[(terms.active[rows] == 0) & (dates >= first) & (dates < until)]
    return terms.accounts[rows], terms.renewals[rows]


def bands_on(day: date, accounts: Ints) -> Floats:
    """The band of each account on the day; NaN where it was not scored."""
    found = np.full(len(accounts), np.nan)
    ids, bands = columns(Snapshot.objects.filter(as_of=day), "account_id", "band") if len(accounts) else (found, found)
    order = np.argsort(ids)
    ids, bands = ids[order].astype(np.int64), bands[order]
    if len(ids):
        places = np.minimum(np.searchsorted(ids, accounts), len(ids) - 1)
        there = ids[places] == accounts
        found[there] = bands[places[there]]
    return found


def known_rates() -> tuple[dict[int, Rate], Study | None]:
    """By band, as the last night found them; nothing before the first one."""
    study = Study.objects.filter(kind=StudyKind.RENEWALS).first()
    bands: dict[str, Any] = study.found["bands"] if study else {}
    return {int(band): Rate(*counted) for band, counted in bands.items()}, study
