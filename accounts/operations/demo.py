"""The demo company comes in: its people and settings, its pulses and plans, each through its own operation.

Every step may be done again: what is there already stays as it is, so a load that was killed is completed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import audit
from accounts.demo.cast import history_start
from accounts.demo.dates import add_months, moment
from accounts.demo.market import FEATURES, KIND_CADENCES, RATES, SEGMENTS
from accounts.demo.people import CSMS, EVERYBODY, OPS, TEAMS
from accounts.demo.plans import PlanStory, PulseStory, StepStory
from accounts.models import (
    Account,
    AuditEntry,
    MitigationPlan,
    Organization,
    PlanOutcome,
    Pulse,
    PulseCategory,
    ReviewOutcome,
    Role,
    Source,
    Status,
    StepState,
    Team,
    User,
)
from accounts.operations import approvals, organization, people, plans, ratings, reviews
from accounts.operations.demo_playbooks import TARGET_BAND, playbook_ids
from accounts.operations.plan_opening import PlanDraft, open_plans

COMPANY = "Kestrel Works"
PASSWORD = "kestrel-demo"  # noqa: S105 - a demo login that the README prints; production refuses to load the demo
SOURCE = "demo"
STARTED, FINISHED = "demo load started", "demo load finished"


@dataclass(frozen=True)
class Load:
    """What is being loaded; a load that was killed goes on with the day on which it began."""

    seed: int
    accounts: int
    today: date
    is_finished: bool


def begin_load(*, seed: int, accounts: int, today: date, at: datetime) -> Load:
    """The load that began before, finished or not, or a new one."""
    before = AuditEntry.objects.filter(verb=STARTED).order_by("pk").first()
    if before is not None:
        is_finished = AuditEntry.objects.filter(verb=FINISHED).exists()
        told = before.detail
        return Load(told["seed"], told["accounts"], date.fromisoformat(told["today"]), is_finished)
    company = organization.set_up_organization(name=COMPANY, reporting_currency="USD", by=None, at=at)
    audit.record(verb=STARTED, subject=company, by=None, at=at, seed=seed, accounts=accounts, today=today.isoformat())
    return Load(seed, accounts, today, is_finished=False)


def is_taken() -> bool:
    """Whether another company lives in this database already."""
    return (Organization.objects.exists() or Account.objects.exists()) and not AuditEntry.objects.filter(
        verb=STARTED
    ).exists()


def finish_load(*, at: datetime) -> None:
    audit.record(verb=FINISHED, subject=Organization.objects.get(), by=None, at=at)


def demo_source() -> Source:
    return Source.objects.get_or_create(name=SOURCE)[0]


def operator() -> User:
    """Who brings the demo company in: its CS operations."""
    return User.objects.get(email=OPS.email)


@transaction.atomic
def set_up_people(*, at: datetime) -> None:
    """Teams and users, all with the demo password."""
    teams: dict[str | None, Team | None] = {name: people.make_team(name=name, by=None, at=at) for name in TEAMS}
    # Hashed once: a good hash takes half a second, and the password is public anyway.
    password_hash = make_password(PASSWORD)
    for person in EVERYBODY:
        people.make_user(
            email=person.email,
            name=person.name,
            role=Role(person.role),
            title=person.title,
            team=teams.get(person.team),
            password_hash=password_hash,
            by=None,
            at=at,
        )


@transaction.atomic
def set_up_company(*, today: date, at: datetime) -> None:
    """Segments with their cadences, the product's features, and rates for half of each year."""
    by = operator()
    for position, plan in enumerate(SEGMENTS, start=1):
        organization.make_segment(
            slug=plan.slug,
            name=plan.name,
            position=position,
            ebr_cadence_months=plan.ebr_months,
            touchpoint_cadence_days=plan.touchpoint_days,
            kind_cadences=KIND_CADENCES[plan.slug],
            by=by,
            at=at,
        )
    for feature in FEATURES:
        organization.make_feature(slug=feature.slug, name=feature.name, is_key=feature.is_key, by=by, at=at)
    first = add_months(history_start(today), -12)
    for currency, rates in RATES.items():
        for number, rate in enumerate(rates):
            valid_from = add_months(first, 6 * number)
            organization.set_exchange_rate(currency=currency, valid_from=valid_from, rate=rate, by=by, at=at)


@transaction.atomic
def add_pulses(stories: list[PulseStory]) -> None:
    """The pulses of the stories, by the CSM who gave each; accounts that have one are left alone."""
    accounts, users = accounts_by_id(), users_by_email()
    rated = set(Pulse.objects.values_list("account__external_id", flat=True))
    for story in stories:
        if story.account not in rated:
            ratings.add_pulse(
                account=accounts[story.account],
                percent=Decimal(story.percent),
                category=PulseCategory(story.category),
                reason=story.reason,
                starts_on=story.starts_on,
                ends_on=story.ends_on,
                by=users[story.author],
                at=moment(story.starts_on),
            )


@transaction.atomic
def ask_for_approval(*, today: date, at: datetime) -> None:
    """Pulses beyond 10 % and all overrides wait from now on, and the CSM of the largest account without one asks."""
    if Organization.objects.get().has_limits:
        return
    approvals.set_limits(pulse_percent=10, do_overrides_wait=True, by=operator(), at=at)
    free = Account.objects.filter(owner__email=CSMS[0].email, status=Status.ACTIVE, pulses=None).order_by("-arr", "pk")
    account = free.first()
    if account is not None:
        drafted = approvals.Drafted(
            percent=Decimal(-20), category=PulseCategory.BUSINESS_EVENT, starts_on=today,
            ends_on=today + timedelta(days=90),
            reason="Their new procurement asks all vendors for offers; the sponsor could not say how it ends.",
        )  # fmt: skip
        approvals.propose(account=account, drafted=drafted, by=User.objects.get(email=CSMS[0].email), at=at)


def add_plans(stories: list[PlanStory], *, score_on: Callable[[int, date], int | None]) -> None:
    """The plans of the stories, each in one piece; accounts that have one are left alone."""
    accounts, users = accounts_by_id(), users_by_email()
    planned = set(MitigationPlan.objects.values_list("account__external_id", flat=True))
    started_from = playbook_ids()
    for story in stories:
        if story.account not in planned:
            account = accounts[story.account]
            scores, playbook = partial(score_on, account.pk), started_from.get(story.reason)
            add_plan(story, account=account, users=users, score_on=scores, playbook_id=playbook)


@transaction.atomic
def add_plan(
    story: PlanStory,
    *,
    account: Account,
    users: dict[str, User],
    score_on: Callable[[date], int | None],
    playbook_id: int | None,
) -> None:
    owner = users[story.owner]
    draft = PlanDraft(
        account=account,
        owner_id=owner.pk,
        reason=story.reason,
        goal=story.goal,
        target_band=TARGET_BAND,
        target_date=story.opened_on + timedelta(days=90),
        playbook_id=playbook_id,
        score_at_opening_hundredths=score_on(story.opened_on),
    )
    [plan] = open_plans(drafts=[draft], by=owner, at=moment(story.opened_on))
    for step in story.steps:
        add_step(step, plan=plan, by=owner, users=users, at=moment(story.opened_on, minutes=615))
    for review in story.reviews:
        reviews.write_review(
            account=account,
            plan=plan,
            said=reviews.SignOff(ReviewOutcome(review.outcome), review.note, score_hundredths=score_on(review.on)),
            by=users[review.by],
            at=moment(review.on, minutes=900),
        )
    if story.closed_on:
        plans.close_plan(
            plan=plan,
            outcome=PlanOutcome(story.outcome),
            by=owner,
            at=moment(story.closed_on, minutes=960),
            note=story.closing_note,
        )


def add_step(story: StepStory, *, plan: MitigationPlan, by: User, users: dict[str, User], at: datetime) -> None:
    owner = users[story.owner]
    step = plans.add_step(
        plan=plan,
        text=story.text,
        note=story.note,
        owner=owner,
        due_date=story.due_on,
        is_shared=story.is_shared,
        is_customers_turn=story.is_customers_turn,
        by=by,
        at=at,
    )
    if story.changed_on:
        plans.set_step_state(
            step=step, state=StepState(story.state), by=owner, at=moment(story.changed_on, minutes=720)
        )


def accounts_by_id() -> dict[str, Account]:
    return {account.external_id: account for account in Account.objects.filter(source__name=SOURCE)}


def users_by_email() -> dict[str, User]:
    return {user.email: user for user in User.objects.all()}
