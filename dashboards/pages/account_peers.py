"""The card that compares an account with its peers: fetched by the overview, since it reads many accounts."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action
from accounts.models import Account, User
from accounts.queries.account import accounts_in_full
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_head import Head, build_head, standing_of
from dashboards.pages.accounts_rows import shown_percentile
from scoring.queries.explanation import Explanation
from scoring.queries.peer_places import Group, Place, peers_of


@dataclass(frozen=True)
class PeerRow:
    """`at` is the place on the strip in percent; `text` how it reads: 31st; `among` whom, where others."""

    label: str
    at: str
    text: str
    among: str


@dataclass(frozen=True)
class PeersBlock:
    """`group` says who they are; `note` where they had to be widened or were not all read."""

    group: str
    note: str
    count: int
    rows: tuple[PeerRow, ...]


def build_peers(account: Account, explained: Explanation) -> PeersBlock | None:
    found = peers_of(account, explained)
    if found is None:
        return None
    main = found.score.group
    return PeersBlock(
        group=", ".join(main.shared) or "All accounts",
        note=note_of(main),
        count=main.count,
        rows=tuple(row_of(place, main=main) for place in (found.score, *found.measures)),
    )


@dataclass(frozen=True)
class PeersPage(Head):
    peers: PeersBlock | None


def build_peers_page(account: Account, *, user: User, today: date) -> PeersPage:
    standing = standing_of(account, today=today)
    head = build_head(account, user=user, standing=standing, today=today, tab="")
    return PeersPage(**vars(head), peers=build_peers(account, standing.explained) if standing.explained else None)


@requires(Action.VIEW_ACCOUNT)
def account_peers(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_peers_page(found, user=request.user, today=localdate())
    template = "_account_peers.html" if request.htmx else "account_peers.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page, "peers": page.peers})


def row_of(place: Place, *, main: Group) -> PeerRow:
    shown = shown_percentile(place.percentile)
    among = "" if place.group.shared == main.shared else f"among {', '.join(place.group.shared) or 'all accounts'}"
    return PeerRow(place.label, f"{place.percentile:.1f}", formats.ordinal(shown), among)


def note_of(group: Group) -> str:
    """Why the group is not the narrowest, and of how many the percentiles are."""
    words = {0: ["Under 10 share its industry."], 1: ["Under 10 share its size as well."]}.get(len(group.shared), [])
    if group.read < group.count:
        words.append(f"Read from {formats.plain(group.read)} of them.")
    return " ".join(words)
