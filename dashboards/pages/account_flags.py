"""The flags of an account that are on: why, what is known of it, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Account, BusinessEventKind, PlanOrigin
from accounts.queries.account import Happening, Kind
from dashboards.pages.account_score import FlagRow
from dashboards.pages.plan_links import start_url

# What a flag asks about, and the business events that are that fact. All others go off by themselves.
EVENTS_OF = {
    "days_since_acquired": (BusinessEventKind.ACQUIRED,),
    "days_since_business_event": (BusinessEventKind.RESTRUCTURED, BusinessEventKind.NEW_EXECUTIVES),
    "opted_out": (BusinessEventKind.OPT_OUT,),
    "legal_involved": (BusinessEventKind.LEGAL,),
}
# The tab on which something can be done about a flag.
TAB_OF = {
    "sponsor_left": ("account-contacts", "Contacts"),
    "days_since_login": ("account-usage", "Usage"),
    "usage_trend": ("account-usage", "Usage"),
    "days_key_feature_unused": ("account-usage", "Usage"),
}


@dataclass(frozen=True)
class Act:
    label: str
    url: str
    is_sheet: bool


@dataclass(frozen=True)
class RaisedRow(FlagRow):
    """`note` is what was said of the business event behind the flag."""

    note: str
    acts: tuple[Act, ...]


def raised_rows(
    flags: Sequence[FlagRow],
    found: Sequence[Happening],
    *,
    account: Account,
    today: date,
    may_edit: bool,
    has_plan: bool,
) -> tuple[RaisedRow, ...]:
    """The flags with the newest event behind each, where one goes on."""
    may_start = may_edit and not has_plan
    return tuple(
        raised_row(flag, found, account=account, today=today, may_edit=may_edit, may_start=may_start) for flag in flags
    )


def raised_row(
    flag: FlagRow, found: Sequence[Happening], *, account: Account, today: date, may_edit: bool, may_start: bool
) -> RaisedRow:
    kinds = EVENTS_OF.get(flag.fact, ())
    behind = [one for one in found if one.kind == Kind.EVENT and one.what in kinds and goes_on(one, today=today)]
    acts = [resolving(one, account) for one in behind] if may_edit else []
    acts += helping(flag.fact, account, may_edit=may_edit)
    if may_start:
        reason = f"{flag.label}: {flag.reason}"
        acts.append(Act("Start plan", start_url(account.pk, reason=reason, origin=PlanOrigin.FLAG), is_sheet=True))
    return RaisedRow(**vars(flag), note=behind[0].detail if behind else "", acts=tuple(acts))


def goes_on(event: Happening, *, today: date) -> bool:
    return event.day <= today and (event.ends_on is None or event.ends_on > today)


def resolving(event: Happening, account: Account) -> Act:
    return Act("Resolve", reverse("event", args=[account.pk, event.pk]), is_sheet=True)


def helping(fact: str, account: Account, *, may_edit: bool) -> list[Act]:
    """What helps against a flag that no event raised."""
    if fact == "ebr_overdue" and may_edit:
        asked = urlencode({"account": str(account.pk), "kind": "ebr", "outcome": "planned"})
        return [Act("Schedule EBR", f"{reverse('touchpoint-new')}?{asked}", is_sheet=True)]
    if fact in TAB_OF:
        name, label = TAB_OF[fact]
        return [Act(label, reverse(name, args=[account.pk]), is_sheet=False)]
    return []
