"""The back office: only operations enter, what was recorded is read, and what may be edited is."""

from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from accounts.back_office import every_name
from accounts.models import Account, AuditEntry, Contact, ExchangeRate, Organization, ShareLink, Team, User
from scoring.models import ScorecardVersion, ScoringRun
from scoring.operations import publish_shipped
from tests.conftest import NOW, PASSWORD

OURS = [model for model in admin.site._registry if model._meta.app_label in {"accounts", "scoring"}]
READ_ONLY = {
    "accountday", "accounthealth", "accounttouch", "alert", "alertfiring", "alertmute", "alertnotice",
    "alertdelivery", "alertpreference", "alertrule", "alerttarget", "alertwatch", "deliverytry",
    "apitoken", "auditentry", "bulkchange", "churnevent",
    "commontouch", "contract", "dailysummary", "eventquarantine", "eventseen", "eventuser", "featureday", "heldevent",
    "holiday", "inboxbatch", "ingestrun", "keptanswer", "knownday", "logentry", "mitigationplan", "outboxmail",
    "override", "planreview", "planstep", "playbook", "playbookstep", "proposal", "pulse", "quarantine",
    "renewaloutlook", "runchunk", "rundifference", "savedview", "scorecardversion", "scoringrun", "sharelink",
    "snapshot", "sourcefeed",
    "sourcehour", "sourcekey", "sourcesilence", "spotcheck", "streamaccount", "study", "supersededsnapshot",
    "surveyinvitation", "usagemonth", "usagerow", "userday", "yearday",
}  # fmt: skip


def page(model, kind: str = "changelist", *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


@pytest.mark.parametrize("who", ["csm", "manager", "leader", "viewer"])
def test_nobody_but_operations_enters(client, who, request):
    client.force_login(request.getfixturevalue(who))
    for address in [reverse("admin:index"), page(Account), page(AuditEntry)]:
        assert client.get(address, follow=True).status_code == 403


def test_a_guest_is_sent_to_the_login(client, db):
    assert client.get(reverse("admin:index"), follow=True).resolver_match.view_name == "account_login"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_operations_opens_every_list_and_searches_it(client, ops, acme, model):
    client.force_login(ops)
    assert client.get(page(model)).status_code == 200
    if admin.site._registry[model].search_fields:
        assert client.get(page(model), {"q": "acme"}).status_code == 200


def test_every_model_is_in_the_back_office():
    ours = {model._meta.model_name for model in OURS}
    # Snapshots have no single key, which the back office would need; the account page explains each of them.
    inline = {"accounthistory", "scorecarditem", "measuredefinition", "snapshot"}
    every = {
        model._meta.model_name for app in ("accounts", "scoring") for model in apps.get_app_config(app).get_models()
    }
    assert every - ours == inline


def test_what_was_recorded_cannot_be_added_changed_or_deleted(rf, ops):
    request = rf.get("/")
    request.user = ops
    can_edit = {
        model._meta.model_name
        for model, site in admin.site._registry.items()
        if site.has_add_permission(request)
        or site.has_change_permission(request)
        or site.has_delete_permission(request)
    }
    assert can_edit & READ_ONLY == set()
    assert {"user", "team", "segment", "exchangerate", "organization", "contact"} <= can_edit


def test_a_snapshot_run_and_version_have_no_form_to_send(client, ops, smb):
    publish_shipped(by=None, at=NOW)
    run = ScoringRun.objects.create(as_of=NOW.date(), started_at=NOW)
    version = ScorecardVersion.objects.first()
    client.force_login(ops)
    for thing in (run, version):
        address = page(type(thing), "change", thing.pk)
        assert 'name="_save"' not in client.get(address).content.decode()
        assert client.post(address, {"reason": "changed"}).status_code == 403


def test_operations_enters_a_rate(client, ops):
    client.force_login(ops)
    data = {"currency": "EUR", "valid_from": "2026-01-01", "rate": "1.1"}
    assert client.post(page(ExchangeRate, "add"), data).status_code == 302
    assert ExchangeRate.objects.get().rate == Decimal("1.1")
    again = client.post(page(ExchangeRate, "add"), data | {"currency": "euro", "rate": "-1"})
    assert (again.status_code, ExchangeRate.objects.count()) == (200, 1)


def test_operations_adds_a_person_who_can_log_in(client, ops, north):
    client.force_login(ops)
    data = {
        "email": "zoe@kestrel.example", "name": "Zoe", "role": "csm", "team": north.pk, "usable_password": "true",
        "password1": PASSWORD, "password2": PASSWORD,
    }  # fmt: skip
    assert client.post(page(User, "add"), data).status_code == 302
    zoe = User.objects.get(email="zoe@kestrel.example")
    assert (zoe.role, zoe.team, zoe.check_password(PASSWORD)) == ("csm", north, True)


def test_a_manager_without_a_team_is_refused_with_a_sentence(client, ops, manager):
    client.force_login(ops)
    data = {
        "email": manager.email,
        "name": manager.name,
        "role": "manager",
        "team": "",
        "theme": "system",
        "is_active": "on",
    }
    answer = client.post(page(User, "change", manager.pk), data)
    manager.refresh_from_db()
    assert (answer.status_code, manager.team is None) == (200, False)
    assert "A CS manager needs a team." in answer.content.decode()


def test_the_organization_is_entered_once_and_then_edited(client, ops):
    client.force_login(ops)
    data = {"name": "Kestrel Works", "reporting_currency": "EUR", "brand_color": "#1F5F4A", "display_scale": "10"}
    assert client.post(page(Organization, "add"), data).status_code == 302
    assert client.post(page(Organization, "add"), data | {"name": "Another"}).status_code == 403
    assert client.post(page(Organization, "change", 1), data | {"name": "Kestrel"}).status_code == 302
    assert Organization.objects.values_list("pk", "name", "reporting_currency").get() == (1, "Kestrel", "EUR")


def test_an_accounts_dated_facts_are_read_and_its_description_is_edited(client, ops, acme):
    client.force_login(ops)
    address = page(Account, "change", acme.pk)
    html = client.get(address).content.decode()
    assert 'name="name"' in html
    for dated in ("arr", "owner", "phase", "renewal_date", "external_id"):
        assert f'name="{dated}"' not in html
    data = {"name": "Acme Ltd", "domain": "acme.example", "industry": "", "size_tier": "", "country": "", "arr": "1",
            "roll_up": "own",
            "history-TOTAL_FORMS": 0, "history-INITIAL_FORMS": 0}  # fmt: skip
    assert client.post(address, data).status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.arr) == ("Acme Ltd", 12_000)


def test_the_hash_of_a_shared_link_is_not_shown(client, ops, csm, acme):
    link = ShareLink.objects.create(
        account=acme,
        token_hash="f" * 64,
        recipient="Ann",
        created_at=NOW,
        created_by=csm,
        expires_at=NOW.replace(year=2027),
    )
    client.force_login(ops)
    html = client.get(page(ShareLink, "change", link.pk)).content.decode()
    assert "Ann" in html
    assert "f" * 64 not in html


def told_last() -> tuple[str, object, dict[str, object]]:
    entry = AuditEntry.objects.latest("pk")
    return entry.verb, entry.by, entry.detail


def test_what_is_done_in_the_back_office_is_in_the_audit_with_before_and_now(client, ops, north, south):
    client.force_login(ops)
    client.post(page(Team, "change", north.pk), {"name": "Far north"})
    assert told_last() == (
        "team changed in the back office",
        ops,
        {"before": {"name": "North"}, "now": {"name": "Far north"}},
    )
    client.post(page(ExchangeRate, "add"), {"currency": "EUR", "valid_from": "2026-01-01", "rate": "1.08"})
    verb, _, told = told_last()
    assert (verb, told["before"], told["now"]["rate"]) == ("exchange rate added in the back office", None, "1.08")
    rate = ExchangeRate.objects.get()
    client.post(page(ExchangeRate, "delete", rate.pk), {"post": "yes"})
    verb, _, told = told_last()
    assert (verb, told["before"]["currency"], told["now"]) == ("exchange rate deleted in the back office", "EUR", None)
    assert AuditEntry.objects.latest("pk").origin == "page 127.0.0.1"


def test_the_words_of_a_fact_that_is_deleted_go_with_it():
    kept = every_name(Contact())
    assert {"id", "account", "persona"} <= set(kept)
    assert not {"name", "email", "title", "external_id"} & set(kept)


def test_a_new_password_is_noted_and_never_told(client, ops, csm):
    client.force_login(ops)
    before = csm.password
    data = {"password1": "another-long-password", "password2": "another-long-password"}
    assert client.post(reverse("admin:auth_user_password_change", args=[csm.pk]), data).status_code == 302
    csm.refresh_from_db()
    assert csm.password != before
    assert told_last() == ("user password set in the back office", ops, {})
