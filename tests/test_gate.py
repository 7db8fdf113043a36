"""Every address, tried by everybody: no view without a declared action, and each answer as the table says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Account, MitigationPlan, ShareLink, User
from accounts.operations.sharing import create_share_link
from dashboards.gate import GateMiddleware, is_declared
from scoring.measures import Stated, define_measure
from scoring.models import MeasureKind, ScorecardDraft, ScoringRun
from scoring.operations import publish_shipped, start_draft
from tests.conftest import NOW

ROLES = ("csm", "other_csm", "manager", "leader", "viewer", "ops", "guest")


@dataclass(frozen=True)
class World:
    """An account of `csm`, whose manager is `manager`, with a plan and a shared link; a draft and a run."""

    account: Account
    plan: MitigationPlan
    link: ShareLink
    token: str
    draft: ScorecardDraft
    run: ScoringRun


@dataclass(frozen=True)
class Row:
    """What each role is answered, in the order of ROLES, and what the address and the request hold."""

    statuses: str
    method: str = "get"
    arguments: Callable[[World], dict[str, Any]] = lambda world: {}
    data: tuple[tuple[str, str], ...] = ()


def of_account(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk}


def of_figure(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "name": "nps"}


def of_plan(world: World) -> dict[str, Any]:
    return {"pk": world.plan.pk}


def of_link(world: World) -> dict[str, Any]:
    return {"pk": world.account.pk, "link": world.link.pk}


def of_measure(world: World) -> dict[str, Any]:
    return {"slug": "fit"}


def of_card(world: World) -> dict[str, Any]:
    return {"slug": world.draft.scorecard.slug}


def of_run(world: World) -> dict[str, Any]:
    return {"pk": world.run.pk}


def of_token(world: World) -> dict[str, Any]:
    return {"token": world.token}


SHARE = (("recipient", "Ann Lee"), ("days", "90"))
NEW_CARD = (("name", "Start"), ("scope", "phase:onboarding"), ("like", "default"))
PUBLISH = (("reason", "Agreed"), ("effective_from", "2026-06-30"), ("edition", "1"))
START = (("first", "2026-06-01"), ("last", "2026-06-02"))
REVIEW = (("outcome", "on_track"), ("note", "Steps are on time."))

# One row for every address of ours and of the login pages. Cannot see it: 404. Cannot do it: 403. No login: 302.
#                       csm other manager leader viewer ops guest
TABLE = {
    "home":            Row("302 302  302     302    302  302  302"),
    "set-theme":       Row("302 302  302     302    302  302  302", "post", data=(("theme", "dark"),)),
    "portfolio":       Row("200 200  200     200    200  200  302"),
    "portfolio-movement": Row("200 200 200  200    200  200  302"),
    "accounts":        Row("200 200  200     200    200  200  302"),
    "accounts-csv":    Row("200 200  200     200    200  200  302"),
    "account":         Row("200 404  200     200    200  200  302", "get", of_account),
    "account-movement": Row("200 404 200    200    200  200  302", "get", of_account),
    "account-rows":    Row("200 404  200     200    200  200  302", "get", of_figure),
    "account-rows-csv": Row("200 404 200     200    200  200  302", "get", of_figure),
    "account-replay":  Row("200 404  200     200    200  200  302", "get", of_account),
    "share-create":    Row("200 404  200     403    403  200  302", "post", of_account, SHARE),
    "share-revoke":    Row("302 404  302     403    403  302  302", "post", of_link),
    "share":           Row("200 200  200     200    200  200  200", "get", of_token),
    "api-accounts":    Row("200 200  200     200    200  200  401"),
    "api-account":     Row("200 404  200     200    200  200  401", "get", of_account),
    # Nobody has scored the account yet; tests/dashboards/api tries one with a score as every role.
    "api-score":       Row("404 404  404     404    404  404  401", "get", of_account),
    "api-history":     Row("200 404  200     200    200  200  401", "get", of_account),
    "api-schema":      Row("200 200  200     200    200  200  401"),
    "plans":           Row("200 200  200     200    200  200  302"),
    "plans-csv":       Row("200 200  200     200    200  200  302"),
    "reviews":         Row("403 403  200     403    403  200  302"),
    "review-plan":     Row("403 403  302     403    403  302  302", "post", of_plan, REVIEW),
    "leaderboard":     Row("200 200  200     200    200  200  302"),
    "leaderboard-csv": Row("200 200  200     200    200  200  302"),
    "measures":        Row("200 200  200     200    200  200  302"),
    "measures-csv":    Row("200 200  200     200    200  200  302"),
    "measure":         Row("200 200  200     200    200  200  302", "get", of_measure),
    "measure-new":     Row("403 403  403     403    403  200  302"),
    "measure-check":   Row("403 403  403     403    403  200  302", "post", data=(("formula", "nps + "),)),
    "measure-edit":    Row("403 403  403     403    403  200  302", "get", of_measure),
    "measure-retire":  Row("403 403  403     403    403  302  302", "post", of_measure),
    # A measure without an owner: whoever works on accounts, each for those in sight.
    "measure-values":  Row("200 200  200     403    403  200  302", "get", of_measure),
    "overview":        Row("403 403  403     200    200  200  302"),
    "overview-csv":    Row("403 403  403     200    200  200  302", data=(("block", "segments"),)),
    "scorecards":      Row("200 200  200     200    200  200  302"),
    "scorecard-new":   Row("403 403  403     403    403  302  302", "post", data=NEW_CARD),
    "scorecard":       Row("200 200  200     200    200  200  302", "get", of_card),
    "scorecard-file":  Row("200 200  200     200    200  200  302", "get", of_card),
    "scorecard-draft": Row("403 403  403     403    403  200  302", "get", of_card),
    "scorecard-begin-draft": Row("403 403 403 403    403  302  302", "post", of_card),
    "scorecard-preview": Row("403 403 403    403    403  200  302", "get", of_card),
    "scorecard-publish": Row("403 403 403    403    403  302  302", "post", of_card, PUBLISH),
    "scorecard-discard": Row("403 403 403    403    403  302  302", "post", of_card),
    "runs":            Row("403 403  403     403    403  200  302"),
    "runs-csv":        Row("403 403  403     403    403  200  302"),
    "runs-start":      Row("403 403  403     403    403  302  302", "post", data=START),
    "run":             Row("403 403  403     403    403  200  302", "get", of_run),
    "run-progress":    Row("403 403  403     403    403  200  302", "get", of_run),
    "run-cancel":      Row("403 403  403     403    403  302  302", "post", of_run),
    "healthz":         Row("200 200  200     200    200  200  200"),
    "account_login":   Row("302 302  302     302    302  302  200"),
    "account_logout":  Row("200 200  200     200    200  200  302"),
    "account_inactive": Row("200 200  200    200    200  200  200"),
    "account_reset_password": Row("200 200 200 200 200 200 200"),
    "account_reset_password_done": Row("200 200 200 200 200 200 200"),
    "account_reset_password_from_key": Row(
        "200 200 200 200 200 200 200", arguments=lambda world: {"uidb36": "1", "key": "no-such-key"}
    ),
    "account_reset_password_from_key_done": Row("200 200 200 200 200 200 200"),
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    view: Callable[..., HttpResponse]

    @property
    def is_of_back_office(self) -> bool:
        return self.name.startswith("admin:")


def addresses(resolver: URLResolver | None = None, *, route: str = "", space: str = "") -> Iterator[Address]:
    """Every address of the URLconf, however deep."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inside = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from addresses(entry, route=here, space=inside)
        elif isinstance(entry, URLPattern):
            yield Address(f"{space}{entry.name or here}", here, entry.callback)


ALL = list(addresses())
BACK_OFFICE = sorted(
    {address.name for address in ALL if address.is_of_back_office and "<" not in address.route}
    - {"admin:login", "admin:logout"}
)


@pytest.fixture
def world(acme, csm) -> World:
    plan = MitigationPlan.objects.create(
        account=acme, owner=csm, reason="Logins fell by half", opened_at=NOW, opened_by=csm
    )
    stated = Stated(label="Product fit", question="Does it fit?", shelf_life_days=45)
    define_measure(slug="fit", kind=MeasureKind.ENTERED, stated=stated, by=csm, at=NOW)
    version = publish_shipped(by=None, at=timezone.now())[0]
    draft = start_draft(scorecard=version.scorecard, by=None, at=timezone.now())
    link, token = create_share_link(account=acme, recipient="Ann Lee", days=365, by=csm, at=timezone.now())
    run = ScoringRun.objects.create(as_of=NOW.date(), started_at=NOW)
    return World(account=acme, plan=plan, link=link, token=token, draft=draft, run=run)


@pytest.fixture
def somebody(request: pytest.FixtureRequest, client: Client) -> Callable[[str], Client]:
    """A browser in which the role is logged in; the guest is not."""

    def log_in(role: str) -> Client:
        if role != "guest":
            client.force_login(request.getfixturevalue(role))
        return client

    return log_in


def test_every_view_declares_its_action():
    assert [a.route for a in ALL if not a.is_of_back_office and not is_declared(a.view)] == []


def test_a_view_that_declares_nothing_is_refused(rf):
    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse("everything")

    request = rf.get("/")
    request.resolver_match = ResolverMatch(forgotten, (), {})
    with pytest.raises(PermissionDenied, match="declares no action"):
        GateMiddleware(forgotten).process_view(request, forgotten, (), {})


def test_every_address_has_a_row_and_every_row_an_address():
    assert {address.name for address in ALL if not address.is_of_back_office} == set(TABLE)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", TABLE)
def test_who_may_open_what(name, role, world, somebody):
    row = TABLE[name]
    expected = dict(zip(ROLES, map(int, row.statuses.split()), strict=True))[role]
    url = reverse(name, kwargs=row.arguments(world))
    answer = getattr(somebody(role), row.method)(url, dict(row.data))
    assert answer.status_code == expected, (url, answer.status_code, answer.content[:300])


@pytest.mark.parametrize("role", ROLES)
def test_only_operations_opens_the_back_office(role, world, somebody):
    browser = somebody(role)
    answers = {name: browser.get(reverse(name)).status_code for name in BACK_OFFICE}
    assert len(answers) > 20
    if role == "ops":
        # 302: a short cut to another page; 403: rows that nobody adds by hand; 404: what is shown for one row only.
        assert answers["admin:index"] == 200
        assert set(answers.values()) <= {200, 302, 403, 404}
    elif role == "guest":
        assert set(answers.values()) == {302}
    else:
        assert set(answers.values()) <= {302, 403, 404}
        assert answers["admin:index"] != 200


def test_a_user_who_was_switched_off_sees_nothing(world, client, csm: User):
    client.force_login(csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    assert client.get(reverse("home")).status_code == 302
    assert client.get(reverse("home")).headers["Location"].startswith("/login")
