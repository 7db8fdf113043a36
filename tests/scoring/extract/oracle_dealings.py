"""What customers and we do with each other, slow and plain: replies, trainings, terms, payments, levels, subjects.

Each takes the oracle of one account; None stands for "we do not know".
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from accounts.models import Contact, Contract, Invoice, Milestone, SurveyResponse, Ticket, Touchpoint
from tests.scoring.extract.oracle_usage import Figure, ratio

if TYPE_CHECKING:
    from tests.scoring.extract.oracle_facts import Oracle

LEVELS = ["executive", "director", "manager", "staff"]


def reply_rate(o: "Oracle") -> Figure:
    noted = [
        kind
        for kind in ("mail", "call")
        if o.recorded(t.replied_on for t in o.world.of(Touchpoint) if t.kind == kind and t.replied_on)
    ]
    asked = [t for t in o.touchpoints("held", 90) if t.kind in noted]
    return ratio(sum(o.so_far(t.replied_on) for t in asked), len(asked))


def customer_cancel_rate(o: "Oracle") -> Figure:
    theirs = [t for t in o.touchpoints("cancelled", 90) if t.cancelled_by == "customer"]
    return ratio(len(theirs), len(theirs) + len(o.touchpoints("held", 90)))


def training_taken(o: "Oracle") -> Figure:
    if not o.recorded(t.day for t in o.world.of(Touchpoint) if t.kind == "training"):
        return None
    return sum(t.kind == "training" for t in o.touchpoints("held", 180))


def kinds_on_cadence(o: "Oracle") -> Figure:
    segment = o.state(o.as_of).segment
    if segment is None or not o.are_touchpoints_recorded:
        return None
    due = kept = 0
    for kind, days in segment.kind_cadences.items():
        last = max((t.day for t in o.touchpoints("held") if t.kind == kind), default=None)
        is_kept = last is not None and (o.as_of - last).days <= days
        if is_kept or (o.as_of - o.account.started_on).days >= days:
            due, kept = due + 1, kept + is_kept
    return ratio(kept, due)


def people_of(touchpoint: Touchpoint) -> set[int]:
    return {touchpoint.host_id, *(one.pk for one in touchpoint.colleagues.all())} - {None}


def people_in_touch(o: "Oracle") -> Figure:
    if not o.recorded(t.day for t in o.world.of(Touchpoint) if people_of(t)):
        return None
    return len({person for t in o.touchpoints("held", 90) for person in people_of(t)})


def level_coverage(o: "Oracle") -> Figure:
    if not any(c.level and o.so_far(c.known_from) for c in o.world.of(Contact)):
        return None
    return Fraction(len({c.level for c in o.contacts() if c.level}), len(LEVELS))


def executive_tie(o: "Oracle") -> Figure:
    if not o.recorded(t.day for t in o.world.of(Touchpoint) if t.contacts.all()):
        return None
    executives = [c for c in o.contacts() if c.level == "executive"]
    met = {c.pk for t in o.touchpoints("held", 180) if has_management(t) for c in t.contacts.all()}
    return ratio(sum(c.pk in met for c in executives), len(executives))


def has_management(touchpoint: Touchpoint) -> bool:
    ours = [*([touchpoint.host] if touchpoint.host else []), *touchpoint.colleagues.all()]
    return any(person.role in ("manager", "leader") for person in ours)


def subject(name: str) -> Callable[["Oracle"], Figure]:
    def read(o: "Oracle") -> Figure:
        answered = [s for s in o.mine(SurveyResponse) if o.within(s.answered_on, 180)]
        said = [getattr(s, f"about_{name}") for s in answered if getattr(s, f"about_{name}") is not None]
        return ratio(sum(said), len(said)) if said else o.reading(f"{name}_sentiment")

    return read


def opened_lately(o: "Oracle") -> list[Ticket]:
    return [t for t in o.tickets() if o.within(o.local_day(t.opened_at), 90)]


def ticket_volume(o: "Oracle") -> Figure:
    if not o.recorded(o.local_day(t.opened_at) for t in o.world.of(Ticket)):
        return None
    return ratio(100 * len(opened_lately(o)), o.state(o.as_of).seats)


def ticket_severity(o: "Oracle") -> Figure:
    stated = [t.severity for t in opened_lately(o) if t.severity]
    return ratio(sum(severity in ("high", "urgent") for severity in stated), len(stated))


def balance_share(o: "Oracle") -> Figure:
    unpaid = [i for i in o.mine(Invoice) if o.so_far(i.issued_on) and not o.so_far(i.paid_on)]
    sums = [
        o.in_reporting(sum(i.amount for i in unpaid if i.currency == currency), currency)
        for currency in {i.currency for i in unpaid}
    ]
    return ratio(sum(sums), o.arr(o.as_of)) if o.are_invoices_recorded else None


def failed_on(invoice: Invoice) -> date:
    return invoice.failed_on or invoice.due_on


def failed_payments(o: "Oracle") -> Figure:
    if not o.recorded(failed_on(i) for i in o.world.of(Invoice) if i.failed_payments):
        return None
    return sum(i.failed_payments for i in o.mine(Invoice) if o.within(failed_on(i), 180) and o.so_far(i.issued_on))


def a_year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def seats_change(o: "Oracle") -> Figure:
    then = o.state(a_year_before(o.as_of))
    return ratio(o.state(o.as_of).seats, then.seats if then else None)


def paying_share(o: "Oracle") -> Figure:
    days = [day for n in range(90) if (day := o.as_of - timedelta(days=n)) >= o.account.started_on]
    return Fraction(sum(o.state(day).arr > 0 for day in days), len(days))


def days_to_renewal(o: "Oracle") -> Figure:
    renewal = o.state(o.as_of).renewal_date
    return None if renewal is None else max((renewal - o.as_of).days, 0)


def open_contracts(o: "Oracle") -> list[Contract]:
    return sorted((c for c in o.mine(Contract) if o.holds(c.starts_on, c.ends_on)), key=lambda c: (c.starts_on, c.pk))


def contract_term(o: "Oracle") -> Figure:
    stated = [c.term_months for c in open_contracts(o) if c.term_months is not None]
    return stated[-1] if stated else None


def months_between(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    # The end of a month completes one that began on a day which the month does not have.
    is_last_day = (end + timedelta(days=1)).month != end.month
    return months if end.day >= start.day or is_last_day else months - 1


def upsell_terms(o: "Oracle") -> Figure:
    said = [c.has_upsell_terms for c in open_contracts(o) if c.has_upsell_terms is not None]
    return ratio(sum(said), len(said))


def journey_progress(o: "Oracle") -> Figure:
    if not any(known(o, (m.due_on, m.reached_on)) for m in o.world.of(Milestone)):
        return None
    return Fraction(len({m.kind for m in o.mine(Milestone) if o.so_far(m.reached_on)}), 4)


def known(o: "Oracle", days: Iterable[date | None]) -> bool:
    return any(o.so_far(day) for day in days)


DEALINGS: dict[str, Callable[[Any], Figure]] = {
    "reply_rate": reply_rate,
    "customer_cancel_rate": customer_cancel_rate,
    "training_taken": training_taken,
    "kinds_on_cadence": kinds_on_cadence,
    "people_in_touch": people_in_touch,
    "level_coverage": level_coverage,
    "executive_tie": executive_tie,
    **{f"{name}_sentiment": subject(name) for name in ("brand", "people", "product", "process")},
    "ticket_volume": ticket_volume,
    "ticket_severity": ticket_severity,
    "balance_share": balance_share,
    "failed_payments": failed_payments,
    "seats_change": seats_change,
    "paying_share": paying_share,
    "days_to_renewal": days_to_renewal,
    "contract_term": contract_term,
    "upsell_terms": upsell_terms,
    "journey_progress": journey_progress,
    "tenure_months": lambda o: months_between(o.account.started_on, o.as_of),
    "active_users": lambda o: o.usage.active_users(),
    "seats_assigned": lambda o: ratio(o.reading("assigned_seats"), o.state(o.as_of).seats),
}
