"""The measures and rule facts that are not of usage, slow and plain: one account, all rows of each table.

None stands for "we do not know". Where nobody records a kind of fact, the rows of all accounts decide that.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import (
    Account,
    AccountHistory,
    BusinessEvent,
    Contact,
    Contract,
    Invoice,
    ManualReading,
    Milestone,
    Outcome,
    Rapport,
    SurveyResponse,
    Ticket,
    Touchpoint,
)
from accounts.queries.exchange import load_rates
from tests.scoring.extract.oracle_dealings import DEALINGS
from tests.scoring.extract.oracle_usage import Figure, Usage, ratio

POSTURES = ["opted_out", "legal_review", "silent", "auto_renew", "renewed_early"]
SPONSORS = ["decision_maker", "economic_buyer", "champion"]
PERSONAS = [*SPONSORS, "business_user"]


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last that it has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, end: date) -> int:
    months = 0
    while months_after(start, months + 1) <= end:
        months += 1
    return months


def cents(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value())


@dataclass(frozen=True)
class World:
    """All rows of all tables, as they lie there; nothing is left to a query."""

    zone: ZoneInfo
    rows: dict[type, list[Any]] = field(default_factory=dict)

    def of(self, model: type, account: Account | None = None) -> list[Any]:
        if model not in self.rows:
            linked = ["contacts", "colleagues"] if model is Touchpoint else []
            self.rows[model] = list(model.objects.prefetch_related(*linked))
        return [row for row in self.rows[model] if account is None or row.account_id == account.pk]


@dataclass(frozen=True)
class Oracle:
    """One account on a day."""

    world: World
    account: Account
    as_of: date
    usage: Usage

    def ago(self, days: int) -> date:
        return self.as_of - timedelta(days=days)

    def within(self, day: date | None, days: int, *, back: int = 0) -> bool:
        """Whether the day lies in a window that ends so many days before the as-of day."""
        return day is not None and self.ago(back + days - 1) <= day <= self.ago(back)

    def so_far(self, day: date | None) -> bool:
        return day is not None and day <= self.as_of

    def holds(self, start: date, end: date | None) -> bool:
        return start <= self.as_of and (end is None or end > self.as_of)

    def mine(self, model: type) -> list[Any]:
        return self.world.of(model, self.account)

    def recorded(self, days: Iterable[date]) -> bool:
        """Did anybody record this kind of fact in a year?"""
        return any(self.within(day, 365) for day in days)

    def state(self, day: date) -> AccountHistory | None:
        told = [row for row in self.mine(AccountHistory) if row.valid_from <= day]
        return max(told, key=lambda row: row.valid_from, default=None)

    # Engagement

    def touchpoints(self, state: str, days: int = 100_000) -> list[Touchpoint]:
        return [t for t in self.mine(Touchpoint) if t.state == state and self.within(t.day, days)]

    @property
    def are_touchpoints_recorded(self) -> bool:
        return self.recorded(t.day for t in self.world.of(Touchpoint))

    def touchpoint_cadence(self) -> Figure:
        segment = self.state(self.as_of).segment
        cadence = segment.touchpoint_cadence_days if segment else 30
        lived = (self.as_of - self.account.started_on).days + 1
        if not self.are_touchpoints_recorded or lived < cadence:
            return None
        return ratio(len(self.touchpoints("held", 90)), Fraction(min(lived, 90), cadence))

    def touchpoint_cancel_rate(self) -> Figure:
        held, cancelled = len(self.touchpoints("held", 90)), len(self.touchpoints("cancelled", 90))
        return ratio(cancelled, held + cancelled)

    def last_ebr(self) -> date:
        return max((t.day for t in self.touchpoints("held") if t.kind == "ebr"), default=self.account.started_on)

    def months_since_ebr(self) -> Figure:
        return whole_months(self.last_ebr(), self.as_of) if self.are_touchpoints_recorded else None

    def days_since_touchpoint(self) -> Figure:
        last = max([t.day for t in self.touchpoints("held")] + [self.account.started_on])
        return (self.as_of - last).days if self.are_touchpoints_recorded else None

    def ebr_overdue(self) -> Figure:
        segment = self.state(self.as_of).segment
        due = months_after(self.last_ebr(), segment.ebr_cadence_months if segment else 6)
        return int(self.are_touchpoints_recorded and self.as_of > due)

    # People

    def contacts(self) -> list[Contact]:
        return [c for c in self.mine(Contact) if self.holds(c.known_from, c.left_on)]

    def persona_coverage(self) -> Figure:
        if not any(c.persona and self.so_far(c.known_from) for c in self.world.of(Contact)):
            return None
        return Fraction(len({c.persona for c in self.contacts() if c.persona}), 4)

    def rapport(self) -> Figure:
        by_persona: dict[str, list[int]] = {}
        for contact in self.contacts():
            rated = [r for r in self.world.of(Rapport) if r.contact_id == contact.pk and self.so_far(r.rated_on)]
            if rated:
                newest = max(rated, key=lambda r: r.rated_on)
                by_persona.setdefault(contact.persona, []).append(newest.rating)
        weights = {persona: 2 if persona == "decision_maker" else 1 for persona in by_persona}
        total = sum(weights[persona] * Fraction(sum(r), len(r)) for persona, r in by_persona.items())
        return ratio(total, sum(weights.values()))

    def multithreading(self) -> Figure:
        if not self.recorded(t.day for t in self.world.of(Touchpoint) if t.contacts.all()):
            return None
        total = Fraction(0)
        for contact in self.contacts():
            met = [t for t in self.touchpoints("held", 90) if contact in t.contacts.all()]
            people = {t.host_id for t in met} | {one.pk for t in met for one in t.colleagues.all()}
            total += Fraction(min(max(len(people - {None}), 1), 2), 2) if met else 0
        return ratio(total, len(self.contacts()))

    def sponsor_left(self) -> Figure:
        left = {c.persona for c in self.mine(Contact) if c.persona in SPONSORS and self.within(c.left_on, 180)}
        return int(bool(left - {c.persona for c in self.contacts()}))

    def readings(self, measure: str) -> list[ManualReading]:
        return [r for r in self.mine(ManualReading) if r.measure == measure and self.so_far(r.read_on)]

    def reading(self, measure: str) -> Figure:
        good = [r for r in self.readings(measure) if r.expires_on >= self.as_of]
        return max(good, key=lambda r: r.read_on).value if good else None

    def advocacy_acts(self) -> Figure:
        counted = [r for r in self.world.of(ManualReading) if r.measure == "advocacy_acts"]
        if not self.recorded(r.read_on for r in counted):
            return None
        return sum(r.value for r in self.readings("advocacy_acts") if self.within(r.read_on, 365))

    def community_activity(self) -> Figure:
        return ratio(self.reading("community_members"), self.usage.active_users())

    def days_since(self, *kinds: str) -> Figure:
        running = [e for e in self.mine(BusinessEvent) if e.kind in kinds and self.holds(e.occurred_on, e.ended_on)]
        return (self.as_of - max(e.occurred_on for e in running)).days if running else None

    def no_owner(self) -> Figure:
        return int(self.state(self.as_of).owner_id is None)

    # Sentiment

    def answers(self, kind: str, *, back: int = 0) -> list[SurveyResponse]:
        told = [s for s in self.mine(SurveyResponse) if s.kind == kind]
        return [s for s in told if self.within(s.answered_on, 180, back=back)]

    def nps(self, back: int = 0) -> Figure:
        scores = [s.score for s in self.answers("nps", back=back)]
        return ratio(100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)), len(scores))

    def nps_change(self) -> Figure:
        now, before = self.nps(), self.nps(back=180)
        return None if now is None or before is None else now - before

    def decision_maker_detractor(self) -> Figure:
        deciders = [c for c in self.contacts() if c.persona == "decision_maker"]
        told = [[s for s in self.answers("nps") if s.contact_id == c.pk] for c in deciders]
        return int(any(max(mine, key=lambda s: s.answered_on).score <= 6 for mine in told if mine))

    def local_day(self, moment: datetime | None) -> date | None:
        return moment.astimezone(self.world.zone).date() if moment else None

    def tickets(self) -> list[Ticket]:
        return [t for t in self.mine(Ticket) if self.so_far(self.local_day(t.opened_at))]

    def csat(self) -> Figure:
        closed = [t for t in self.tickets() if self.within(self.local_day(t.closed_at), 180)]
        marks = [s.score for s in self.answers("csat")] + [t.satisfaction for t in closed if t.satisfaction]
        return ratio(sum(marks), len(marks))

    def tickets_unresolved(self) -> Figure:
        if not self.recorded(self.local_day(t.opened_at) for t in self.world.of(Ticket)):
            return None
        open_still = [t for t in self.tickets() if not self.so_far(self.local_day(t.closed_at))]
        old = [t for t in open_still if self.local_day(t.opened_at) <= self.ago(7)]
        return ratio(100 * len(old), self.state(self.as_of).seats)

    def ticket_escalation_rate(self) -> Figure:
        opened = [t for t in self.tickets() if self.within(self.local_day(t.opened_at), 90)]
        return ratio(sum(t.is_escalated for t in opened), len(opened))

    # Billing

    def in_reporting(self, amount: Decimal, currency: str) -> int:
        return cents(load_rates().in_reporting(amount, currency, self.as_of))

    def overdue(self) -> list[Invoice]:
        late = [i for i in self.mine(Invoice) if i.issued_on <= self.as_of and i.due_on < self.as_of]
        return [i for i in late if not self.so_far(i.paid_on)]

    @property
    def are_invoices_recorded(self) -> bool:
        return self.recorded(i.issued_on for i in self.world.of(Invoice))

    def days_overdue(self) -> Figure:
        late = [(self.as_of - i.due_on).days for i in self.overdue()]
        return max(late, default=0) if self.are_invoices_recorded else None

    def arr(self, day: date) -> int | None:
        state = self.state(day)
        return self.in_reporting(state.arr, state.currency) if state else None

    def overdue_share(self) -> Figure:
        currencies = {i.currency for i in self.overdue()}
        sums = [self.in_reporting(sum(i.amount for i in self.overdue() if i.currency == c), c) for c in currencies]
        return ratio(sum(sums), self.arr(self.as_of)) if self.are_invoices_recorded else None

    def arr_change(self) -> Figure:
        return ratio(self.arr(self.as_of), self.arr(months_after(self.as_of, -12)))

    def renewal_posture(self) -> Figure:
        if self.days_since("opt_out") is not None:
            return 0
        open_now = [c for c in self.mine(Contract) if c.posture and self.holds(c.starts_on, c.ends_on)]
        return POSTURES.index(max(open_now, key=lambda c: c.starts_on).posture) if open_now else None

    def legal_involved(self) -> Figure:
        return int(self.renewal_posture() == 1 or self.days_since("legal") is not None)

    # Journey

    def milestones_on_time(self) -> Figure:
        due = [m for m in self.mine(Milestone) if self.so_far(m.due_on)]
        return ratio(sum(m.reached_on is not None and m.reached_on <= m.due_on for m in due), len(due))

    def outcomes_met(self) -> Figure:
        due = [o for o in self.mine(Outcome) if self.so_far(o.due_on)]
        return ratio(sum(self.so_far(o.met_on) for o in due), len(due))

    def time_to_first_value(self) -> Figure:
        firsts = [m for m in self.world.of(Milestone) if m.kind == "first_value"]
        if not any(self.so_far(m.due_on) or self.so_far(m.reached_on) for m in firsts):
            return None
        ours = [m.reached_on for m in firsts if m.account_id == self.account.pk and self.so_far(m.reached_on)]
        return max((min([*ours, self.as_of]) - self.account.started_on).days, 0)

    def months_in_phase(self) -> Figure:
        rows = sorted((h for h in self.mine(AccountHistory) if self.so_far(h.valid_from)), key=lambda h: h.valid_from)
        since = rows[-1]
        for row in reversed(rows):
            if row.phase != since.phase:
                break
            since = row
        return whole_months(since.valid_from, self.as_of)


RENAMED: dict[str, Callable[[Oracle], Figure]] = {
    "utilisation_vs_target": lambda o: o.usage.seat_utilisation(),
    "rating_index": lambda o: o.reading("rating_index"),
    "csm_sentiment": lambda o: o.reading("csm_sentiment"),
    "days_since_acquired": lambda o: o.days_since("acquired"),
    "days_since_opt_out": lambda o: o.days_since("opt_out"),
    "days_since_legal": lambda o: o.days_since("legal"),
    "days_since_business_event": lambda o: o.days_since("restructured", "new_executives"),
    "opted_out": lambda o: int(o.renewal_posture() == 0),
}


ELSEWHERE = RENAMED | DEALINGS


def figure(oracle: Oracle, key: str) -> Figure:
    """The measure or rule fact of that key."""
    if key in ELSEWHERE:
        return ELSEWHERE[key](oracle)
    compute = getattr(oracle.usage, key, None) or getattr(oracle, key)
    return compute()
