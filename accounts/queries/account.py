"""One account's facts for its page: people, plan, links, and all that happened, in few queries."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    F,
    IntegerField,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)  # fmt: skip
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, TruncDate

from accounts.access import visible_accounts
from accounts.models import (
    Account,
    BusinessEvent,
    Contact,
    MitigationPlan,
    Override,
    PlanReview,
    PlanStep,
    Pulse,
    Rapport,
    ShareLink,
    StepState,
    SurveyResponse,
    Ticket,
    Touchpoint,
    TouchpointState,
    User,
)


class Kind(StrEnum):
    """What a line of the timeline is about."""

    TOUCHPOINT = "touchpoint"
    SURVEY = "survey"
    TICKET = "ticket"
    TICKET_CLOSED = "ticket closed"
    EVENT = "event"
    PULSE = "pulse"
    OVERRIDE = "override"
    PLAN_OPENED = "plan opened"
    PLAN_CLOSED = "plan closed"
    STEP_DONE = "step done"
    REVIEW = "review"


@dataclass(frozen=True)
class Happening:
    """A dated fact. `what` and `state` are stored codes, `detail` a person's words, `amount` a score or percent."""

    kind: str
    pk: int
    day: date
    what: str
    state: str
    detail: str
    who: str
    amount: Decimal | None
    ends_on: date | None


def accounts_in_full(user: User) -> QuerySet[Account]:
    """The accounts that the user sees, each with segment, owner, parent and latest health."""
    return visible_accounts(user).select_related("segment", "owner", "parent", "health")


NOTHING = Value("", output_field=TextField())
# Cast, since PostgreSQL takes a bare NULL in a union for text.
NO_AMOUNT = Cast(Value(None), DecimalField(max_digits=14, decimal_places=2))
NO_DAY = Cast(Value(None), DateField())


def text(expression: str) -> Cast:
    # Columns of a union must have one type: PostgreSQL tells varchar of other lengths, and numbers, apart.
    return Cast(expression, TextField())


def lines(
    rows: QuerySet,
    kind: Kind,
    *,
    day: str | Combinable,
    what: Combinable = NOTHING,
    state: Combinable = NOTHING,
    detail: Combinable = NOTHING,
    who: Combinable = NOTHING,
    amount: Combinable = NO_AMOUNT,
    ends_on: Combinable = NO_DAY,
) -> QuerySet:
    """One table's facts with the columns that the timeline has in common."""
    shared = {
        "line_kind": Value(str(kind), output_field=CharField(max_length=16)),
        "line_pk": Cast("pk", IntegerField()),
        "line_day": F(day) if isinstance(day, str) else day,
        "line_what": what,
        "line_state": state,
        "line_detail": detail,
        "line_who": who,
        "line_amount": amount,
        "line_ends_on": ends_on,
    }
    return rows.order_by().annotate(**shared).values_list(*shared)


def number(expression: str) -> Cast:
    return Cast(expression, DecimalField(max_digits=14, decimal_places=2))


def touchpoint_lines(account: Account) -> QuerySet:
    rows = Touchpoint.objects.filter(account=account)
    return lines(
        rows, Kind.TOUCHPOINT, day="day", what=text("kind"), state=text("state"), detail=text("note"),
        who=text("host__name"),
    )  # fmt: skip


def survey_lines(account: Account) -> QuerySet:
    rows = SurveyResponse.objects.filter(account=account, answered_on__isnull=False)
    return lines(
        rows, Kind.SURVEY, day="answered_on", what=text("kind"), detail=text("comment"), who=text("contact__name"),
        amount=number("score"),
    )  # fmt: skip


def ticket_lines(account: Account) -> list[QuerySet]:
    rows = Ticket.objects.filter(account=account)
    escalated = Case(When(is_escalated=True, then=Value("escalated")), default=NOTHING, output_field=TextField())
    return [
        lines(
            rows, Kind.TICKET, day=TruncDate("opened_at"), what=text("severity"), state=escalated,
            detail=text("subject"),
        ),
        lines(
            rows.filter(closed_at__isnull=False), Kind.TICKET_CLOSED, day=TruncDate("closed_at"),
            what=text("severity"), detail=text("subject"), amount=number("satisfaction"),
        ),
    ]  # fmt: skip


def event_lines(account: Account) -> QuerySet:
    rows = BusinessEvent.objects.filter(account=account)
    return lines(rows, Kind.EVENT, day="occurred_on", what=text("kind"), detail=text("note"), ends_on=F("ended_on"))


def pulse_lines(account: Account) -> QuerySet:
    rows = Pulse.objects.filter(account=account)
    return lines(
        rows, Kind.PULSE, day="starts_on", what=text("category"), detail=text("reason"), who=text("author__name"),
        amount=number("percent"), ends_on=F("ends_on"),
    )  # fmt: skip


def override_lines(account: Account) -> QuerySet:
    rows = Override.objects.filter(account=account)
    return lines(
        rows, Kind.OVERRIDE, day="starts_on", what=text("category"), detail=text("reason"), who=text("author__name"),
        amount=number("score_hundredths"), ends_on=F("ends_on"),
    )  # fmt: skip


def plan_lines(account: Account) -> list[QuerySet]:
    plans = MitigationPlan.objects.filter(account=account)
    steps = PlanStep.objects.filter(plan__account=account, done_at__isnull=False)
    reviews = PlanReview.objects.filter(account=account)
    return [
        lines(
            plans, Kind.PLAN_OPENED, day=TruncDate("opened_at"), detail=text("reason"), who=text("opened_by__name")
        ),
        lines(
            plans.filter(closed_at__isnull=False), Kind.PLAN_CLOSED, day=TruncDate("closed_at"), state=text("outcome"),
            detail=Case(
                When(closing_note="", then=text("reason")), default=text("closing_note"), output_field=TextField()
            ),
            who=text("owner__name"),
        ),
        lines(steps, Kind.STEP_DONE, day=TruncDate("done_at"), detail=text("text"), who=text("owner__name")),
        lines(
            reviews, Kind.REVIEW, day=TruncDate("at"), state=text("outcome"), detail=text("note"), who=text("by__name")
        ),
    ]  # fmt: skip


def happenings(account: Account) -> list[Happening]:
    """All that happened at the account, and what is planned, the newest first. One query."""
    tables = [
        touchpoint_lines(account), survey_lines(account), *ticket_lines(account), event_lines(account),
        pulse_lines(account), override_lines(account), *plan_lines(account),
    ]  # fmt: skip
    return read(tables)


def visible_events(user: User) -> QuerySet[BusinessEvent]:
    """The business events of the accounts that the user sees."""
    return BusinessEvent.objects.filter(account__in=visible_accounts(user)).select_related("account")


def judgments(account: Account) -> list[Happening]:
    """The account's pulses and overrides alone. One query."""
    return read([pulse_lines(account), override_lines(account)])


def read(tables: Collection[QuerySet]) -> list[Happening]:
    first, *others = tables
    rows = first.union(*others, all=True).order_by("-line_day", "line_kind", "-line_pk")
    return [
        Happening(kind, pk, day, what or "", state or "", detail or "", who or "", amount, ends_on)
        for kind, pk, day, what, state, detail, who, amount, ends_on in rows
    ]


def contacts_in_full(account: Account, *, today: date) -> QuerySet[Contact]:
    """The account's contacts with their newest `rapport` and the day of the `last_touch`. Who left comes last.

    `rapport_pk` is the newest rating of all, also of one that is dated after `today`.
    """
    ever = Rapport.objects.filter(contact=OuterRef("pk")).order_by("-rated_on", "-pk")
    newest = ever.filter(rated_on__lte=today)
    held = Q(touchpoints__state=TouchpointState.HELD, touchpoints__day__lte=today)
    return (
        Contact.objects.filter(account=account, known_from__lte=today)
        .annotate(
            rapport=Subquery(newest.values("rating")[:1]),
            rapport_pk=Subquery(ever.values("pk")[:1]),
            last_touch=Max("touchpoints__day", filter=held),
        )
        .order_by(F("left_on").desc(nulls_first=True), "name", "pk")
    )


@dataclass(frozen=True)
class TabCounts:
    """Who is at the account, and how many steps of the open plan are done."""

    contacts: int
    steps: int
    steps_done: int


def tab_counts(account: Account, *, today: date) -> TabCounts:
    """What the tabs of an account count. One query."""
    steps = PlanStep.objects.filter(plan__account=account, plan__closed_at=None).order_by()
    there = Contact.objects.filter(Q(left_on=None) | Q(left_on__gt=today), account=account, known_from__lte=today)
    counted = there.order_by().values("account").annotate(found=Count("pk")).values("found")
    of_plan = steps.values("plan__account").annotate(found=Count("pk")).values("found")
    done = of_plan.filter(state=StepState.DONE)
    found = Account.objects.filter(pk=account.pk).values_list(Subquery(counted), Subquery(of_plan), Subquery(done))
    return TabCounts(*(count or 0 for count in found.get()))


def open_plan(account: Account) -> MitigationPlan | None:
    """The open plan with its owner, and its steps in order with theirs. Two queries."""
    steps = Prefetch("steps", PlanStep.objects.select_related("owner").order_by("position"))
    plans = MitigationPlan.objects.filter(account=account, closed_at=None).select_related("owner", "playbook")
    return plans.prefetch_related(steps).first()


def closed_plans(account: Account) -> QuerySet[MitigationPlan]:
    """The plans that have ended, with owner and steps, the newest first. Two queries."""
    plans = MitigationPlan.objects.filter(account=account, closed_at__isnull=False).select_related("owner")
    return plans.prefetch_related("steps").order_by("-closed_at", "-pk")


def share_links(account: Account) -> QuerySet[ShareLink]:
    """The links to the account's shared page that were not stopped, the newest first."""
    return account.share_links.filter(revoked_at=None).select_related("created_by").order_by("-created_at", "-pk")
