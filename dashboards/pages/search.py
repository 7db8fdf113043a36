"""The box behind "/": accounts, contacts, pages and what can be done, by a few letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.access import Action, can
from accounts.models import Account, Contact, Status, User
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.navigation import navigation
from dashboards.pages.accounts_rows import health_of, points
from scoring.core.bands import UNDEFINED
from scoring.queries.finding import FEWEST_LETTERS, Found, find
from scoring.queries.search import folded
from scoring.queries.staleness import Staleness, stale_among
from scoring.queries.words import Words, words_of_scorecards

LONGEST_TEXT = 100
SHORTEST_VERB = 3
MOST_DONE = 4


@dataclass(frozen=True)
class Deed:
    """What can be done with an account; `verbs` are the words that ask for it: "log halden"."""

    label: str
    icon: str
    verbs: tuple[str, ...]
    page: str
    kind: str = ""
    is_work: bool = True

    def url(self, account: Account) -> str:
        if self.page == "touchpoint-new":
            return f"{reverse(self.page)}?{urlencode({'account': account.pk})}"
        return reverse(self.page, args=[account.pk, self.kind] if self.kind else [account.pk])


DEEDS = (
    Deed("Log touchpoint", "phone-call", ("log", "touchpoint", "call"), "touchpoint-new"),
    Deed("Adjust pulse", "heart-pulse", ("pulse", "adjust"), "adjust", kind="pulse"),
    Deed("Override score", "pencil", ("override",), "adjust", kind="override"),
    Deed("Why it moved", "trending-down", ("why", "moved", "movement"), "account-movement", is_work=False),
)


@dataclass(frozen=True)
class Hit:
    """One line of the list; `opens_sheet` where it opens as a dialog over the page."""

    title: str
    detail: str
    url: str
    icon: str = ""
    band: int | None = None
    band_name: str = ""
    silent_sources: tuple[str, ...] = ()
    score: str = ""
    opens_sheet: bool = False


@dataclass(frozen=True)
class Group:
    key: str
    label: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class SearchPage:
    text: str
    groups: tuple[Group, ...]
    note: str

    @property
    def count(self) -> int:
        return sum(len(group.hits) for group in self.groups)


def build_search(user: User, *, text: str, path: str) -> SearchPage:
    """What the letters may mean; without letters the pages. A verb before a name asks what to do with the account."""
    text = " ".join(text.replace("\x00", "").split())[:LONGEST_TEXT]
    deed, name = split_verb(user, text)
    found = find(user, text=name)
    words = words_of_scorecards() if found.accounts else Words()
    done = tuple(deeds_for(user, found, deed))
    groups = [
        Group("deeds", "Do", done if deed else ()),
        Group("accounts", "Accounts", account_hits(found.accounts, words=words)),
        Group("contacts", "Contacts", () if deed else tuple(contact_hit(contact) for contact in found.contacts)),
        Group("deeds", "Do", () if deed else done),
        Group("pages", "Pages", tuple(page_hits(user, text=text, path=path))),
    ]
    shown = tuple(group for group in groups if group.hits)
    return SearchPage(text=text, groups=shown, note=note_of(found, text=text, is_empty=not shown))


def split_verb(user: User, text: str) -> tuple[Deed | None, str]:
    """The deed that the first word asks for, and the rest; none where it is no verb or nothing follows it."""
    verb, _, rest = text.partition(" ")
    asked = folded(verb)
    if rest and len(asked) >= SHORTEST_VERB:
        for deed in deeds_of(user):
            if any(known.startswith(asked) for known in deed.verbs):
                return deed, rest
    return None, text


def deeds_of(user: User) -> Iterator[Deed]:
    may_work = can(user, Action.EDIT_ACCOUNT)
    return (deed for deed in DEEDS if may_work or not deed.is_work)


def deeds_for(user: User, found: Found, deed: Deed | None) -> Iterator[Hit]:
    """The deed with each of the accounts; else what can be done with the first. A guess is only looked at."""
    if deed:
        yield from (deed_hit(deed, account) for account in found.accounts[:MOST_DONE])
    elif found.accounts and not found.is_guess:
        yield from (deed_hit(each, found.accounts[0]) for each in deeds_of(user))


def deed_hit(deed: Deed, account: Account) -> Hit:
    return Hit(deed.label, account.name, deed.url(account), icon=deed.icon, opens_sheet=deed.is_work)


def account_hits(accounts: Sequence[Account], *, words: Words) -> tuple[Hit, ...]:
    stale = stale_among(accounts)
    return tuple(account_hit(account, words=words, stale=stale.get(account.pk)) for account in accounts)


def account_hit(account: Account, *, words: Words, stale: Staleness | None) -> Hit:
    health = health_of(account)
    band = health.band if health else UNDEFINED
    value = points(health.score) if health else None
    told = "Left" if account.status != Status.ACTIVE else account.owner.name if account.owner else account.domain
    return Hit(
        account.name,
        told,
        reverse("account", args=[account.pk]),
        band=band,
        band_name=words.band(band),
        score="" if value is None else formats.score(value),
        silent_sources=stale.sources if stale else (),
    )


def contact_hit(contact: Contact) -> Hit:
    told = ", ".join(part for part in (contact.title or contact.get_persona_display(), contact.account.name) if part)
    return Hit(contact.name, told, f"{reverse('account', args=[contact.account_id])}#contacts", icon="user")


def page_hits(user: User, *, text: str, path: str) -> Iterator[Hit]:
    """Pages whose name has a word that begins with the text; all of them without a text."""
    asked = folded(text)
    for item in navigation(user, path=path):
        label = folded(item.label)
        if label.startswith(asked) or f" {asked}" in label:
            yield Hit(item.label, "", item.url, icon=item.icon)
    if asked and "movers".startswith(asked):
        yield Hit("Movers", "", reverse("movers"), icon="trending-down")
    if asked and can(user, Action.EDIT_ACCOUNT) and "log touchpoint".startswith(asked):
        yield Hit("Log touchpoint", "", reverse("touchpoint-new"), icon="phone-call", opens_sheet=True)


def note_of(found: Found, *, text: str, is_empty: bool) -> str:
    if found.is_guess and (found.accounts or found.contacts):
        return f"Nothing is called “{text}”. Did you mean one of these?"
    if is_empty:
        few = len(text) < FEWEST_LETTERS
        return "Type two letters or more." if few else f"Nothing that you see is called “{text}”."
    return ""


@requires(Action.VIEW_ACCOUNT)
def search(request: UserRequest) -> HttpResponse:
    """The list for the box; as a page of its own without a script, and on a phone."""
    page = build_search(request.user, text=request.GET.get("q", ""), path=request.path)
    template = "_search_hits.html" if request.htmx else "search.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page})
