"""Every address, tried by everybody: no view without a declared action, and each answer as the table says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, reverse

from accounts.models import (
    User,
)
from dashboards.api.kinds import FACTS
from dashboards.gate import GateMiddleware, is_declared
from tests.gate_alerts import ALERTS
from tests.gate_churn import CHURN
from tests.gate_customer import CUSTOMER
from tests.gate_leadership import LEADERSHIP
from tests.gate_making import make_world
from tests.gate_plans import PLANS
from tests.gate_use import USE
from tests.gate_world import (
    NEW_CARD,
    PAPERS,
    PUBLISH,
    REVIEW,
    ROLES,
    ROWS,
    SNOOZE,
    START,
    TOKEN,
    Row,
    World,
    of_account,
    of_batch,
    of_card,
    of_contact,
    of_erasure,
    of_event,
    of_figure,
    of_goal,
    of_import,
    of_judged,
    of_measure,
    of_missing,
    of_nobody,
    of_nothing,
    of_outcomes,
    of_proposal,
    of_pulse,
    of_rating,
    of_run,
    of_source,
    of_survey,
    of_survey_link,
    of_touchpoint,
    of_untouched,
)

# One row for every address of ours and of the login pages. Cannot see it: 404. Cannot do it: 403. No login: 302.
#                       csm other manager leader viewer ops guest
TABLE = {
    "home":            Row("302 302  302     302    302  302  302"),
    "search":          Row("200 200  200     200    200  200  302", data=(("q", "acme"),)),
    "set-theme":       Row("302 302  302     302    302  302  302", "post", data=(("theme", "dark"),)),
    "set-keys":        Row("302 302  302     302    302  302  302", "post", data=(("keys", "off"),)),
    "portfolio":       Row("200 200  200     200    200  200  302"),
    "portfolio-movement": Row("200 200 200  200    200  200  302"),
    "attention":       Row("200 200  200     200    200  200  302"),
    "attention-snooze": Row("302 404 302     403    403  302  302", "post", of_account, SNOOZE),
    "attention-unsnooze": Row("302 404 302   403    403  302  302", "post", of_account),
    "accounts":        Row("200 200  200     200    200  200  302"),
    "accounts-csv":    Row("200 200  200     200    200  200  302"),
    "accounts-counts": Row("200 200  200     200    200  200  302"),
    "accounts-columns": Row("302 302 302     302    302  302  302", "post", data=(("column", "arr"),)),
    "view-keep": Row(
        "302 302 302 302 302 302 302", "post", lambda world: {"page": "portfolio"}, data=(("name", "Mine"),)
    ),
    # There is none of that number; tests/dashboards/pages/test_accounts_views.py has those of others.
    **{f"view-{what}": Row("404 404 404 404 404 404 302", "post", of_nobody) for what in ("change", "drop", "back")},
    "accounts-bulk":   Row("200 200  200     403    403  200  302", "post", lambda world: {"kind": "owner"}),
    "accounts-bulk-apply": Row("422 422 422  403    403  422  302", "post", lambda world: {"kind": "owner"}),
    "accounts-bulk-undo": Row("404 404  404  403    403  404  302", "post", of_nobody),
    "movers":          Row("200 200  200     200    200  200  302"),
    "movers-causes":   Row("200 200  200     200    200  200  302"),
    "movers-csv":      Row("200 200  200     200    200  200  302"),
    "account":         Row("200 404  200     200    200  200  302", "get", of_account),
    "account-movement": Row("200 404 200    200    200  200  302", "get", of_account),
    "account-rows":    Row("200 404  200     200    200  200  302", "get", of_figure),
    "account-rows-csv": Row("200 404 200     200    200  200  302", "get", of_figure),
    "account-replay":  Row("200 404  200     200    200  200  302", "get", of_account),
    "account-timeline": Row("200 404 200    200    200  200  302", "get", of_account),
    "account-contacts": Row("200 404 200    200    200  200  302", "get", of_account),
    "account-contacts-csv": Row("200 404 200 200   200  200  302", "get", of_account),
    "goal-new":        Row("200 404  200     403    403  200  302", "get", of_outcomes),
    "account-goal":    Row("302 404  302     403    403  302  302", "post", of_goal),
    "account-peers":   Row("200 404  200     200    200  200  302", "get", of_account),
    "account-plan":    Row("200 404  200     200    200  200  302", "get", of_account),
    "account-usage":   Row("200 404  200     200    200  200  302", "get", of_account),
    "account-users-csv": Row("200 404 200   200    200  200  302", "get", of_account),
    "account-history": Row("200 404  200     200    200  200  302", "get", of_account),
    "account-history-csv": Row("200 404 200 200    200  200  302", "get", of_account),
    "contact-new":     Row("200 404  200     403    403  200  302", "get", of_account),
    "contact":         Row("200 404  200     403    403  200  302", "get", of_contact),
    "contact-undo":    Row("302 404  302     403    403  302  302", "post", of_contact),
    "event-new":       Row("200 404  200     403    403  200  302", "get", of_account),
    "event":           Row("200 404  200     403    403  200  302", "get", of_event),
    "event-undo":      Row("302 404  302     403    403  302  302", "post", of_event),
    "account-waiting": Row("200 404 200     200    200  200  302", "get", of_account),
    "adjust":          Row("200 404  200     403    403  200  302", "get", of_pulse),
    "adjust-preview":  Row("200 404  200     403    403  200  302", "post", of_pulse),
    "adjust-end":      Row("302 404  302     403    403  302  302", "post", of_judged),
    "spot-check":      Row("200 404  200     403    403  200  302", "get", of_account),
    "spot-checks":     Row("403 403  403     403    403  200  302"),
    "spot-checks-csv": Row("403 403  403     403    403  200  302", data=(("block", "cards"),)),
    "spot-check-undo": Row("404 404  404     403    403  404  302", "post", of_nobody),
    "ratings":         Row("200 200  200     403    403  200  302"),
    "ratings-csv":     Row("200 200  200     403    403  200  302"),
    "ratings-undo":    Row("302 302  302     403    403  302  302", "post"),
    "account-ratings": Row("200 404  200     200    200  200  302", "get", of_account),
    "rate":            Row("200 404  200     403    403  200  302", "get", of_rating),
    "rate-preview":    Row("200 404  200     403    403  200  302", "post", of_rating),
    "approvals":       Row("403 403  200     403    403  200  302"),
    "approvals-csv":   Row("403 403  200     403    403  200  302"),
    "approval":        Row("403 403  200     403    403  200  302", "get", of_proposal),
    "approval-undo":   Row("403 403  302     403    403  302  302", "post", of_proposal),
    "approval-withdraw": Row("302 404 302    403    403  302  302", "post", of_proposal),
    "approval-limits": Row("403 403  403     403    403  302  302", "post", data=(("pulse_percent", "10"),)),
    **CUSTOMER,
    "api-accounts":    Row("200 200  200     200    200  200  401"),
    "api-account":     Row("200 404  200     200    200  200  401", "get", of_account),
    # Nobody has scored the account yet; tests/dashboards/api tries one with a score as every role.
    "api-score":       Row("404 404  404     404    404  404  401", "get", of_account),
    "api-history":     Row("200 404  200     200    200  200  401", "get", of_account),
    "api-account-movement": Row("404 404 404 404    404  404  401", "get", of_account),
    "api-movement":    Row("404 404  404     404    404  404  401"),
    "api-accounts-bulk": Row("403 403 403    403    403  200  401", "post", of_nothing, body=ROWS),
    "api-sources":     Row("200 200  200     200    200  200  401"),
    "api-tokens":      Row("200 200  200     200    200  200  401"),
    "api-token":       Row("404 404  404     404    404  404  401", "delete", of_nobody),
    "api-schema":      Row("200 200  200     200    200  200  401"),
    "api-not-there":   Row("404 404  404     404    404  404  401", "get", lambda world: {"rest": "nothing/here"}),
    # Reading is for everybody; tests/dashboards/api tries writing as every role and scope.
    **{f"api-{kind.path}": Row("200 200 200 200 200 200 401") for kind in FACTS},
    **{f"api-{kind.path}-one": Row("404 404 404 404 404 404 401", "get", of_nobody) for kind in FACTS},
    **{f"api-{kind.path}-bulk": Row("403 403 403 403 403 200 401", "post", of_nothing, body=ROWS) for kind in FACTS},
    # Who is logged in does not matter: an empty form is no batch for anybody. Keys: tests/dashboards/events.
    "events":          Row("400 400  400     400    400  400  400", "post", of_batch),
    **LEADERSHIP,
    **PLANS,
    "reviews":         Row("403 403  200     403    403  200  302"),
    "review-sign":     Row("403 403  302     403    403  302  302", "post", of_account, REVIEW),
    **{f"team{end}": Row("403 403 200 200 403 200 302") for end in ("", "-csv", "-times")},
    "review-undo":     Row("403 403  404     403    403  404  302", "post", of_nobody),
    **{f"review-{what}": Row("403 403 200    403    403  200  302") for what in PAPERS},
    **{f"team-list{end}": Row("403 403 200 200  403  200  302", "get", of_untouched) for end in ("", "-csv")},
    "leaderboard-sight": Row("403 403 403    403    403  302  302", "post", data=(("sight", "own"),)),
    **{name: Row("403 403 200 200 403 200 302") for name in ("plan-effect", "plan-effect-csv")},
    **{name: Row("200 200 200 200 200 200 302") for name in ("leaderboard", "leaderboard-csv")},
    "measures":        Row("200 200  200     200    200  200  302"),
    "measures-csv":    Row("200 200  200     200    200  200  302"),
    "measure":         Row("200 200  200     200    200  200  302", "get", of_measure),
    "measure-new":     Row("403 403  403     403    403  200  302"),
    "measure-check":   Row("403 403  403     403    403  200  302", "post", data=(("formula", "nps + "),)),
    "measure-edit":    Row("403 403  403     403    403  200  302", "get", of_measure),
    "measure-retire":  Row("403 403  403     403    403  302  302", "post", of_measure),
    # A measure without an owner: whoever works on accounts, each for those in sight.
    "measure-values":  Row("200 200  200     403    403  200  302", "get", of_measure),
    "scorecards":      Row("200 200  200     200    200  200  302"),
    "scorecard-new":   Row("403 403  403     403    403  302  302", "post", data=NEW_CARD),
    "scorecard":       Row("200 200  200     200    200  200  302", "get", of_card),
    "scorecard-file":  Row("200 200  200     200    200  200  302", "get", of_card),
    "scorecard-draft": Row("403 403  403     403    403  200  302", "get", of_card),
    "scorecard-begin-draft": Row("403 403 403 403    403  302  302", "post", of_card),
    "scorecard-preview": Row("403 403 403    403    403  200  302", "get", of_card),
    "scorecard-publish": Row("403 403 403    403    403  302  302", "post", of_card, PUBLISH),
    "scorecard-discard": Row("403 403 403    403    403  302  302", "post", of_card),
    "data":            Row("403 403  403     403    403  200  302"),
    "export-order":    Row("403 403  403     403    403  302  302", "post"),
    "export-progress": Row("403 403  403     403    403  404  302", "get", of_missing),
    "export-file":     Row("403 403  403     403    403  404  302", "get", of_missing),
    "export-delete":   Row("403 403  403     403    403  404  302", "post", of_missing),
    "erasure-receipt": Row("403 403  403     403    403  404  302", "get", of_missing),
    "erase":           Row("403 403  403     403    403  200  302", "get", of_erasure),
    "runs":            Row("403 403  403     403    403  200  302"),
    "runs-csv":        Row("403 403  403     403    403  200  302"),
    "runs-start":      Row("403 403  403     403    403  302  302", "post", data=START),
    "run":             Row("403 403  403     403    403  200  302", "get", of_run),
    "run-progress":    Row("403 403  403     403    403  200  302", "get", of_run),
    "run-cancel":      Row("403 403  403     403    403  302  302", "post", of_run),
    "tokens":          Row("200 200  200     200    200  200  302"),
    "token-create":    Row("200 200  200     200    200  200  302", "post", data=TOKEN),
    "token-revoke":    Row("404 404  404     404    404  404  302", "post", of_nobody),
    **ALERTS,
    **CHURN,
    **USE,
    "imports":         Row("403 403  403     403    403  200  302"),
    "imports-upload":  Row("403 403  403     403    403  422  302", "post"),
    "imports-sample":  Row("403 403  403     403    403  200  302", "get", lambda world: {"kind": "accounts"}),
    "import":          Row("403 403  403     403    403  200  302", "get", of_import),
    "import-progress": Row("403 403  403     403    403  200  302", "get", of_import),
    "import-refused":  Row("403 403  403     403    403  200  302", "get", of_import),
    **{
        f"import-{step}": Row("403 403 403 403 403 302 302", "post", of_import)
        for step in ("read", "guess", "columns", "back", "start", "retry", "cancel", "undo")
    },
    "sources":         Row("403 403  403     403    403  200  302"),
    "sources-csv":     Row("403 403  403     403    403  200  302"),
    "source-create":   Row("403 403  403     403    403  302  302", "post", data=(("name", "Web app"),)),
    "source":          Row("403 403  403     403    403  200  302", "get", of_source),
    "source-csv":      Row("403 403  403     403    403  200  302", "get", lambda w: of_source(w) | {"table": "keys"}),
    "source-rhythm":   Row("403 403  403     403    403  302  302", "post", of_source, (("rhythm_days", "7"),)),
    "source-new-key":  Row("403 403  403     403    403  200  302", "post", of_source, (("name", "Web"),)),
    "source-revoke-key": Row("403 403 403    403    403  404  302", "post", lambda w: of_source(w) | {"key": 987_654}),
    "source-mapping":  Row("403 403  403     403    403  200  302", "get", of_source),
    "source-quarantine": Row("403 403 403    403    403  200  302", "get", of_source),
    "source-quarantine-csv": Row("403 403 403 403   403  200  302", "get", of_source),
    "source-settle":   Row("403 403  403     403    403  302  302", "post", of_source, (("what", "replay"),)),
    "account-surveys": Row("200 404 200     200    200  200  302", "get", of_account),
    "surveys":         Row("200 200  200     403    403  200  302"),
    "surveys-csv":     Row("200 200  200     403    403  200  302"),
    "survey-send":     Row("200 200  200     403    403  200  302"),
    "survey-setup":    Row("403 403  403     403    403  200  302"),
    "survey-edit":     Row("403 403  403     403    403  200  302", "get", of_survey),
    "survey":          Row("200 200  200     200    200  200  200", "get", of_survey_link),
    "survey-stop":     Row("200 200  200     200    200  200  200", "post", of_survey_link),
    "touchpoint-new":  Row("200 200  200     403    403  200  302"),
    "touchpoint-people": Row("200 200 200    403    403  200  302"),
    "touchpoint-accounts": Row("200 200 200  403    403  200  302"),
    "touchpoint":      Row("200 404  200     403    403  200  302", "get", of_touchpoint),
    "touchpoint-undo": Row("302 404  302     403    403  302  302", "post", of_touchpoint),
    "touchpoint-invitation": Row("200 404 200 200   200  200  302", "get", of_touchpoint),
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
def world(acme, csm, organization) -> World:
    return make_world(acme, csm=csm)


@pytest.fixture
def somebody(request: pytest.FixtureRequest) -> Callable[[str], Client]:
    """A browser in which the role is logged in; the guest is not."""

    def log_in(role: str) -> Client:
        client = Client()
        if role != "guest":
            client.force_login(request.getfixturevalue(role))
        return client

    return log_in


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> None:
    """Everybody is there before the first of them asks."""
    for role in ROLES:
        if role != "guest":
            request.getfixturevalue(role)


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


@pytest.mark.parametrize("name", TABLE)
def test_who_may_open_what(name, world, cast, somebody):
    """Each role finds the world as it was made: what one of them does is taken back before the next one asks."""
    row = TABLE[name]
    url = reverse(name, kwargs=row.arguments(world))
    answers = {}
    for role in ROLES:
        with taken_back():
            answers[role] = answer_of(row, somebody(role), url)
    expected = dict(zip(ROLES, map(int, row.statuses.split()), strict=True))
    assert {role: answer.status_code for role, answer in answers.items()} == expected, [
        (role, url, answers[role].content[:300]) for role in ROLES if answers[role].status_code != expected[role]
    ]


def answer_of(row: Row, browser: Client, url: str) -> HttpResponse:
    if row.body is None:
        return getattr(browser, row.method)(url, dict(row.data))
    return browser.post(f"{url}?source=files", row.body, content_type="application/json")


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    caches["pages"].clear()


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
