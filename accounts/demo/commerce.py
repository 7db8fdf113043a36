"""Contracts and invoices: what an account pays for, from when to when, and how punctually."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.dates import add_months, days_after
from accounts.demo.life import Life
from accounts.demo.market import PRODUCTS, SEGMENT
from accounts.ingest.records import ContractRecord, InvoiceRecord

TRIAL_MONTHS = 3
MOST_SEATS = 64


@dataclass(frozen=True)
class Term:
    """One contract; open from `starts_on` to the day before `ends_on`."""

    kind: str
    starts_on: date
    ends_on: date
    arr: Decimal
    seats: int


def terms_of(life: Life) -> tuple[Term, ...]:
    """The account's contracts, year by year, with what it added within a year."""
    rng = life.stream("terms")
    terms: list[Term] = []
    arr, seats, begin = life.cast.arr, life.cast.seats, life.cast.started_on
    if life.cast.story.key == "freemium":
        paid_from = add_months(begin, TRIAL_MONTHS)
        terms.append(Term("Free", begin, paid_from, Decimal(0), max(seats // 2, 3)))
        begin = paid_from
    for end in life.renewals():
        if begin >= end or begin > life.last_day:
            continue
        terms.append(Term("Standard", begin, end, arr, seats))
        added = added_term(rng, life, terms[-1])
        terms.extend(added)
        arr, seats = renewed(rng, life.at(end), arr + sum(term.arr for term in added), seats + seats_of(added))
        begin = end
    return tuple(cut_short(term, life) for term in terms if term.starts_on <= life.last_day)


def cut_short(term: Term, life: Life) -> Term:
    """Who leaves within a year ends its contracts on that day."""
    if life.churned_on is None or term.ends_on <= life.churned_on:
        return term
    return Term(term.kind, term.starts_on, max(life.churned_on, term.starts_on), term.arr, term.seats)


def seats_of(terms: list[Term]) -> int:
    return sum(term.seats for term in terms)


def added_term(rng: Stream, life: Life, base: Term) -> list[Term]:
    """Seats added within the year: by expanders most years, by others where health is good, seldom."""
    day = base.starts_on + timedelta(days=chance.whole(rng, 60, 280))
    likely = 0.75 if life.cast.story.key in {"expander", "freemium"} else 0.12 * (life.at(day) > 0.6)
    room = MOST_SEATS - base.seats
    more = min(max(round(base.seats * rng.uniform(0.12, 0.3)), 1), room)
    if not chance.happens(rng, likely) or more <= 0 or not life.first_day <= day <= life.last_day:
        return []
    return [Term("Added seats", day, base.ends_on, dollars(base.arr * more / base.seats), more)]


def renewed(rng: Stream, health: float, arr: Decimal, seats: int) -> tuple[Decimal, int]:
    """What the next year costs: a little more where health is good, fewer seats where it is poor."""
    if health < 0.37 and chance.happens(rng, 0.45):
        kept = rng.uniform(0.72, 0.92)
        return dollars(arr * Decimal(kept)), max(round(seats * kept), 3)
    return dollars(arr * Decimal(1 + rng.uniform(0.0, 0.06) * (health > 0.42))), seats


def dollars(amount: Decimal) -> Decimal:
    return Decimal(round(amount / 10) * 10)


def arr_on(terms: tuple[Term, ...], day: date) -> Decimal:
    """The sum over the open contracts."""
    return sum((term.arr for term in terms if term.starts_on <= day < term.ends_on), Decimal(0))


def seats_on(terms: tuple[Term, ...], day: date) -> int:
    return sum(term.seats for term in terms if term.starts_on <= day < term.ends_on)


def contract_records(life: Life, terms: tuple[Term, ...]) -> list[ContractRecord]:
    rng, product = life.stream("posture"), product_of(life)
    return [
        ContractRecord(
            external_id=f"{life.cast.external_id}-C{number}",
            account=life.cast.external_id,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            renews_on=None if term.kind == "Free" else term.ends_on,
            arr=term.arr,
            currency=life.cast.currency,
            plan_name=term.kind if term.kind == "Free" else product,
            seats=term.seats,
            posture=None if term.kind == "Free" else posture(rng, life, term),
            is_trial=term.kind == "Free",
            term_months=12 if term.kind == "Standard" else None,
            has_upsell_terms=upsell_terms(life, number) if term.kind == "Standard" else None,
        )
        for number, term in enumerate(terms, start=1)
    ]


def product_of(life: Life) -> str:
    """What the account bought; it stays with it."""
    shares = [share for _, share in PRODUCTS]
    return PRODUCTS[int(life.stream("product").choice(len(shares), p=shares))][0]


def upsell_terms(life: Life, number: int) -> bool:
    """Whether it says what more seats would cost: as the larger accounts' lawyers like it."""
    likely = 0.75 if life.cast.segment in {"key", "enterprise"} else 0.35
    return chance.happens(life.stream(f"upsell terms {number}"), likely)


def posture(rng: Stream, life: Life, term: Term) -> str:
    """How the account stands to its renewal. Of contracts that are over, only what was to be seen at their start."""
    is_running = term.ends_on > life.today
    health = life.at(life.last_day if is_running else term.starts_on) + rng.normal(0, 0.12)
    if is_running and (term.ends_on - life.today).days < 120 and health > 0.76:
        return "renewed_early"
    if is_running and health < 0.1:
        return "opted_out"
    if health < 0.24:
        return "legal_review" if life.cast.story.key in {"price_pressure", "acquired"} else "silent"
    return "auto_renew" if health > 0.42 else "silent"


def invoice_records(life: Life, terms: tuple[Term, ...]) -> list[InvoiceRecord]:
    """Invoices of all paid contracts from the first day of facts on."""
    rng = life.stream("invoices")
    months = SEGMENT[life.cast.segment].invoice_months
    # Some finance departments are slow whatever the health is.
    habit = rng.normal(0.0, 5.0)
    records: list[InvoiceRecord] = []
    for term in terms:
        for issued_on in issue_days(term, months):
            if term.arr and life.first_day <= issued_on <= life.last_day:
                until = min(add_months(issued_on, months), term.ends_on)
                share = Decimal((until - issued_on).days) / 365
                records.append(invoice(rng, life, len(records) + 1, issued_on, dollars(term.arr * share), habit))
    return records


def issue_days(term: Term, months: int) -> list[date]:
    days = [term.starts_on]
    while add_months(term.starts_on, months * len(days)) < term.ends_on - timedelta(days=20):
        days.append(add_months(term.starts_on, months * len(days)))
    return days


def invoice(rng: Stream, life: Life, number: int, issued_on: date, amount: Decimal, habit: float) -> InvoiceRecord:
    due_on = issued_on + timedelta(days=30)
    late_days = lateness(rng, life, due_on) + habit
    paid_on = max(issued_on + timedelta(days=1), days_after(due_on, np.floor(late_days)))
    is_trouble = life.cast.story.key == "billing_trouble" and due_on > life.cast.onset_on
    failed = int(rng.poisson(1.5 if is_trouble else 0.04))
    return InvoiceRecord(
        external_id=f"{life.cast.external_id}-I{number}",
        account=life.cast.external_id,
        issued_on=issued_on,
        due_on=due_on,
        amount=max(amount, Decimal(10)),
        currency=life.cast.currency,
        number=f"{life.cast.external_id[3:]}-{issued_on:%y%m}-{number:02d}",
        paid_on=paid_on if paid_on <= life.last_day else None,
        failed_payments=failed,
        failed_on=failing_day(life, number, issued_on, min(paid_on, life.last_day)) if failed else None,
    )


def failing_day(life: Life, number: int, issued_on: date, until: date) -> date:
    """The last try that failed, at most some days before the payment."""
    rng = life.stream(f"failed payment {number}")
    return max(issued_on, until - timedelta(days=chance.whole(rng, 0, 12)))


def lateness(rng: Stream, life: Life, due_on: date) -> float:
    """Days from the due day to the payment; negative is early."""
    days = rng.normal(-9.0, 5.0) + 260 * max(0.56 - life.at(due_on), 0.0) * rng.random() ** 1.5
    if life.cast.story.key == "billing_trouble" and due_on > life.cast.onset_on:
        days += rng.uniform(20, 80)
    return float(days)
