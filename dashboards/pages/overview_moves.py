"""Blocks of the overview that follow accounts: migration between bands, and why accounts are at risk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from dashboards import formats
from dashboards.charts.migration import FlowDrawing, Stream, flow_drawing
from dashboards.pages.company import Company
from dashboards.pages.overview_choices import Moved, OverviewChoices
from scoring.core.bands import DEFINED, KEYS, UNDEFINED
from scoring.queries.selection import NONE
from scoring.queries.summaries import Amount
from scoring.queries.words import Words
from scoring.queries.year import ABSENT, Flow

# Of so many reasons the page tells at first.
FIRST_REASONS = 7
ICONS = {
    "ebr_overdue": "calendar-clock", "no_login": "log-in", "sponsor_left": "user-x", "invoice_overdue": "receipt-text",
    "usage_fell": "trending-down", "score_dropped": "trending-down", "feature_unused": "target",
    "detractor": "message-square-text", "acquired": "building-2", "business_event": "building-2",
    "opt_out": "circle-x", "legal_involved": "scale", "no_owner": "user-x", "": "circle-question-mark",
}  # fmt: skip


@dataclass(frozen=True)
class End:
    """A node of the migration: a band on one of the days (its code), who came or who left (ABSENT)."""

    code: int
    name: str
    note: str
    top: float
    height: float
    middle: float
    url: str


@dataclass(frozen=True)
class MigrationView:
    """The migration in accounts or in ARR."""

    label: str
    drawing: FlowDrawing
    left: list[End]
    right: list[End]
    word: str = ""


@dataclass(frozen=True)
class Migration:
    moved: Moved
    flows: Sequence[Flow]
    views: list[MigrationView]
    rows: list[list[str]]
    sentence: str


def key_of(code: int) -> str:
    """How an address names where an account was."""
    return NONE if code == ABSENT else KEYS[code]


def migration(moved: Moved, flows: Sequence[Flow], *, choices: OverviewChoices, company: Company) -> Migration:
    """The flows drawn in accounts and in ARR; nothing is drawn where the days do not allow it."""
    if moved.problem or not flows:
        return Migration(moved, flows, [], [], "")
    urls = {(flow.then, flow.now): moved_url(choices, moved, flow.then, flow.now) for flow in flows}
    rows = [
        [then_name(flow.then, company), now_name(flow.now, company), formats.plain(flow.accounts),
         formats.money(flow.arr, currency=company.currency)]
        for flow in flows
    ]  # fmt: skip
    views = [
        view("Accounts", moved, flows, urls=urls, choices=choices, company=company, in_money=False),
        view("ARR", moved, flows, urls=urls, choices=choices, company=company, in_money=True),
    ]
    return Migration(moved, flows, views, rows, sentence_of(flows))


def moved_url(choices: OverviewChoices, moved: Moved, then: int | None, now: int | None) -> str:
    """The accounts that were in one band and are in the other; None is any."""
    words = {"was": then, "is": now}
    named = {name: "" if code is None else key_of(code) for name, code in words.items()}
    days = {"from": moved.since and moved.since.isoformat(), "to": moved.until and moved.until.isoformat()}
    return choices.address(reverse("overview-behind"), kind="moved", **days, **named)


def then_name(code: int, company: Company) -> str:
    return "New" if code == ABSENT else company.scale.name(code)


def now_name(code: int, company: Company) -> str:
    return "Left" if code == ABSENT else company.scale.name(code)


def view(
    label: str,
    moved: Moved,
    flows: Sequence[Flow],
    *,
    urls: Mapping[tuple[int, int], str],
    choices: OverviewChoices,
    company: Company,
    in_money: bool,
) -> MigrationView:
    streams = [
        Stream(flow.then, flow.now, flow.accounts, float(flow.arr) if in_money else flow.accounts,
               title_of(flow, company), urls[flow.then, flow.now])
        for flow in flows
    ]  # fmt: skip
    drawing = flow_drawing(streams, order=company.scale.codes)
    before = {node.code: node.amount for node in drawing.left}

    def said(amount: float) -> str:
        return formats.money(amount, currency=company.currency) if in_money else counted(int(amount))

    left = [
        End(node.code, then_name(node.code, company), said(node.amount), node.top, node.height, node.middle,
            moved_url(choices, moved, node.code, None))
        for node in drawing.left
    ]  # fmt: skip
    right = [
        End(node.code, now_name(node.code, company),
            said(node.amount) + changed(node.code, node.amount, before, in_money=in_money, company=company),
            node.top, node.height, node.middle, moved_url(choices, moved, None, node.code))
        for node in drawing.right
    ]  # fmt: skip
    return MigrationView(label, drawing, left, right)


def counted(accounts: int) -> str:
    return f"{formats.plain(accounts)} account{'' if accounts == 1 else 's'}"


def changed(code: int, amount: float, before: Mapping[int, float], *, in_money: bool, company: Company) -> str:
    """The change in brackets; who left has none."""
    if code == ABSENT or in_money:
        return ""
    change = amount - before.get(code, 0)
    return f" ({formats.signed(change)})" if change else ""


def title_of(flow: Flow, company: Company) -> str:
    arr = formats.money(flow.arr, currency=company.currency)
    return f"{then_name(flow.then, company)} to {now_name(flow.now, company)}: {counted(flow.accounts)}, {arr}"


def sentence_of(flows: Sequence[Flow]) -> str:
    """60 improved, 59 worsened, 13 left, 31 new."""
    rank = {code: n for n, code in enumerate(DEFINED)}
    scored = [flow for flow in flows if flow.then in rank and flow.now in rank]
    counts = {
        "improved": sum(f.accounts for f in scored if rank[f.now] < rank[f.then]),
        "worsened": sum(f.accounts for f in scored if rank[f.now] > rank[f.then]),
        "left": sum(f.accounts for f in flows if f.now == ABSENT),
        "new": sum(f.accounts for f in flows if f.then == ABSENT),
    }
    return ", ".join(f"{formats.plain(count)} {word}" for word, count in counts.items())


def flow_order(flow: Flow) -> tuple[int, int]:
    """By the bands' order, Undefined after them, who came and who left last."""
    codes = (*DEFINED, UNDEFINED, ABSENT)
    return codes.index(flow.then), codes.index(flow.now)


@dataclass(frozen=True)
class Reason:
    """A flag of accounts at risk. `arr_change` is against the compared day; None where that is not known."""

    name: str
    icon: str
    arr: Decimal
    accounts: int
    arr_change: Decimal | None
    url: str


def reasons(
    now: Mapping[str, Amount], then: Mapping[str, Amount] | None, *, words: Words, choices: OverviewChoices,
    company: Company,
) -> list[Reason]:  # fmt: skip
    """By ARR, the most first; flags that no account at risk has or had are left out, "no flag" comes last."""
    return [
        Reason(
            name=words.flag(key) if key else "No flag: its measures alone",
            icon=ICONS.get(key, "flag"),
            arr=amount.arr,
            accounts=amount.accounts,
            arr_change=None if then is None else amount.arr - then.get(key, Amount()).arr,
            url=choices.accounts_url(bands=company.scale.at_risk, flags=(key or NONE,)),
        )
        for key, amount in sorted(now.items(), key=lambda item: (item[0] == "", -item[1].arr, item[0]))
        if amount.accounts or (then and then.get(key, Amount()).accounts)
    ]


def month_url(choices: OverviewChoices, day: date, code: int | None) -> str:
    """The accounts that stood in a band on a day."""
    return choices.address(
        reverse("overview-behind"), kind="day", to=day.isoformat(), **{"is": "" if code is None else KEYS[code]}
    )
