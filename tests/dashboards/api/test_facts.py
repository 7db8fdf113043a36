"""Facts by the API: each kind is written, read, amended and sent back; who may write what; what is refused."""

import pytest

from accounts.ingest.intake import take_in
from accounts.ingest.records import KINDS, ContactRecord
from accounts.models import Account, AccountTouch, AuditEntry, Contact, Contract, Source, Ticket, Touchpoint
from accounts.operations.history import load
from dashboards.api.kinds import ALL, BY_HAND, FACTS
from tests.conftest import NOW
from tests.dashboards.api.conftest import token_client
from tests.dashboards.api.rows import NEW_ACCOUNT, ROWS

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(feed, organization, acme, csm, other_csm):
    """One row of every kind about Acme."""
    for kind, row in ROWS.items():
        answer = write(feed, kind, row)
        assert answer.status_code == 201, (kind, answer.json())
    return acme


def path(kind: str) -> str:
    return f"/api/v1/{ALL[kind].path}"


def write(client, kind: str, row: object, **headers: str):
    return client.post(path(kind), row, format="json", headers=headers)


def write_many(client, kind: str, *rows: object, query: str = ""):
    return client.post(f"{path(kind)}/bulk{query}", {"rows": rows}, format="json")


def test_every_kind_of_record_has_its_addresses():
    assert set(ALL) == set(KINDS)
    assert {kind.name for kind in FACTS} == set(ROWS)


def test_what_is_written_is_read_back_column_by_column(feed, everything):
    for kind, row in ROWS.items():
        (fact,) = feed.get(path(kind)).json()["results"]
        read = {name: fact[name] for name in row}
        unstated = {name for name, value in fact.items() if name not in row}
        assert read == row, kind
        assert unstated >= {"id", "source", "account_id", "recorded_at"}
        assert (fact["source"], fact["account_id"]) == ("files", everything.pk)


def test_what_is_read_can_be_sent_back_and_changes_nothing(feed, everything):
    for kind in ROWS:
        (fact,) = feed.get(path(kind)).json()["results"]
        sent = {name: fact[name] for name in fact if name not in {"id", "source", "account_id", "recorded_at"}}
        answer = write(feed, kind, sent)
        assert (answer.status_code, answer.json()["verdict"]) == (200, "unchanged"), (kind, answer.json())


def test_one_fact_has_an_address_of_its_own(feed, everything):
    for kind in ROWS:
        (fact,) = feed.get(path(kind)).json()["results"]
        assert feed.get(f"{path(kind)}/{fact['id']}").json() == fact


def test_the_verdict_names_our_id_and_a_second_writing_is_told_from_the_first(feed, acme):
    created = write(feed, "contacts", ROWS["contacts"])
    assert (created.status_code, created.json()) == (201, {
        "external_id": "c1", "verdict": "created", "id": Contact.objects.get().pk, "column": "", "reason": "",
        "warnings": [],
    })  # fmt: skip
    changed = write(feed, "contacts", {**ROWS["contacts"], "title": "CEO"})
    assert (changed.status_code, changed.json()["verdict"]) == (200, "changed")
    assert Contact.objects.get().title == "CEO"


def test_files_and_the_api_are_the_same_way_in(feed, acme, source):
    record = ContactRecord(external_id="c1", account="acme", name="Ann Lee")
    take_in(kind="contacts", records=[record], source=source, at=NOW, by=None)
    again = write(feed, "contacts", {"external_id": "c1", "account": "acme", "name": "Ann Lee"})
    assert again.json()["verdict"] == "unchanged"


def test_a_written_fact_is_news_about_its_account_and_is_audited(feed, acme, ops):
    write(feed, "tickets", ROWS["tickets"])
    assert AccountTouch.objects.get().account_id == acme.pk
    entry = AuditEntry.objects.get(verb="took in tickets")
    assert (entry.by, entry.detail) == (ops, {"created": 1, "changed": 0})


def test_many_rows_each_get_a_verdict_and_a_bad_one_stops_no_other(feed, acme):
    write(feed, "contacts", ROWS["contacts"])
    answer = write_many(
        feed, "contacts",
        {"external_id": "c0", "account": "acme", "name": "Bo"},
        {"external_id": "c1", "account": "acme", "name": "Ann Lee-May"},
        {"external_id": "c2", "account": "nobody", "name": "Cy"},
        {"external_id": "c3", "account": "acme", "name": 7},
        {"external_id": "c4", "account": "acme", "name": "Di", "shoe_size": 43},
        {"external_id": "c0", "account": "acme", "name": "Bo"},
        {"external_id": "c0", "account": "acme", "name": "Another"},
        ["c5"],
        {"account": "acme", "name": "Ed"},
        {"external_id": "c6", "account": "acme", "name": "Fay", "persona": "king"},
    )  # fmt: skip
    told = answer.json()
    assert answer.status_code == 200
    assert {name: told[name] for name in ("created", "changed", "unchanged", "refused")} == {
        "created": 1, "changed": 1, "unchanged": 1, "refused": 7,
    }  # fmt: skip
    assert [(row["index"], row["external_id"], row["verdict"], row["column"]) for row in told["rows"]] == [
        (0, "c0", "created", ""),
        (1, "c1", "changed", ""),
        (2, "c2", "refused", "account"),
        (3, "c3", "refused", "name"),
        (4, "c4", "refused", "shoe_size"),
        (5, "c0", "unchanged", ""),
        (6, "c0", "refused", "external_id"),
        (7, "", "refused", ""),
        (8, "", "refused", "external_id"),
        (9, "c6", "refused", "persona"),
    ]
    assert told["rows"][2]["reason"] == "no account 'nobody' in source 'files'"
    assert told["rows"][3]["reason"] == "write text in quotation marks, not a number"
    assert Contact.objects.count() == 2


def test_what_is_odd_is_kept_and_said(feed, acme):
    row = {**ROWS["invoices"], "issued_on": "2023-01-01", "due_on": "2023-02-01"}
    assert write(feed, "invoices", row).json()["warnings"] == ["before the account's start"]


def test_usage_says_what_became_of_each_row(feed, acme):
    rows = [{"external_id": f"u{n}", "day": "2026-06-01", "events": n, "account": "acme"} for n in (1, 2)]
    write(feed, "usage", rows[0])
    told = write_many(feed, "usage", *rows, {**rows[0], "events": 9}).json()
    assert [row["verdict"] for row in told["rows"]] == ["unchanged", "created", "refused"]
    assert told["rows"][2]["reason"] == "the same id again with other content"


def test_accounts_are_written_with_their_dated_history(feed, organization, smb, csm):
    first = {**NEW_ACCOUNT, "owner_email": csm.email, "arr": 1200.5}
    later = {**NEW_ACCOUNT, "valid_from": "2026-01-01", "phase": "adoption", "arr": "2400"}
    told = write_many(feed, "accounts", later, first).json()
    birch = Account.objects.get(external_id="birch")
    assert [row["verdict"] for row in told["rows"]] == ["changed", "created"]
    assert (birch.name, str(birch.arr), birch.phase, birch.owner) == ("Birch", "2400.00", "adoption", csm)
    assert len(load([birch.pk])[birch.pk]) == 2
    account = feed.get(f"/api/v1/accounts/{birch.pk}").json()
    assert (account["source"], account["external_id"], account["parent"]) == ("files", "birch", None)


def test_a_single_row_that_is_refused_names_its_column(feed, acme):
    answer = write(feed, "surveys", {**ROWS["surveys"], "contact": None, "touchpoint": None, "score": 11})
    assert (answer.status_code, answer.json()) == (400, {
        "code": "invalid",
        "message": "Something in the request makes no sense; `errors` says what.",
        "errors": [{"field": "score", "message": "11 is not between 0 and 10"}],
    })  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "rows"),
        ({"rows": []}, "rows"),
        ({"rows": {}}, "rows"),
        ({"rows": [{}] * 1001}, "rows"),
        ({"rows": [{}], "source": "files"}, "source"),
        ("rows", "rows"),
    ],
)
def test_a_bulk_body_is_a_list_of_at_most_a_thousand_rows(feed, body, field):
    answer = feed.post("/api/v1/contacts/bulk", body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


# In whose name.


def test_the_source_is_that_of_the_token_or_of_the_parameter(ops, feed, acme):
    free = token_client(ops, "ingest", "write")
    row = ROWS["contacts"]
    assert free.post("/api/v1/contacts?source=files", row, format="json").status_code == 201
    missing = free.post("/api/v1/contacts", row, format="json")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (400, "source")
    unknown = free.post("/api/v1/contacts?source=crm", row, format="json")
    assert unknown.json()["errors"][0]["message"].startswith("There is no source 'crm'.")
    Source.objects.create(name="crm")
    assert feed.post("/api/v1/contacts?source=crm", row, format="json").status_code == 403
    assert feed.post("/api/v1/contacts?source=files", row, format="json").status_code == 200


def test_ids_are_those_of_the_source_and_of_no_other(ops, acme):
    crm = Source.objects.create(name="crm")
    other = token_client(ops, "ingest", "write", source=crm)
    assert (
        write(other, "tickets", ROWS["tickets"]).json()["errors"][0]["message"] == "no account 'acme' in source 'crm'"
    )


# Who sees and writes what.


def test_a_csm_reads_the_facts_of_its_own_accounts_and_no_others(everything, csm, other_csm):
    for who, count in ((csm, 1), (other_csm, 0)):
        reader = token_client(who, "read")
        for kind in ROWS:
            assert len(reader.get(path(kind)).json()["results"]) == count, (kind, who)
    fact = Ticket.objects.get()
    assert token_client(csm, "read").get(f"/api/v1/tickets/{fact.pk}").status_code == 200
    assert token_client(other_csm, "read").get(f"/api/v1/tickets/{fact.pk}").status_code == 404


def test_a_csm_writes_what_csms_note_about_its_own_accounts(csm, acme):
    writer = token_client(csm, "write")
    for kind in ("contacts", "touchpoints", "rapports", "milestones", "outcomes", "business_events"):
        answer = writer.post(f"{path(kind)}?source=files", ROWS[kind], format="json")
        assert answer.status_code == 201, (kind, answer.json())
    for kind in ALL.keys() - BY_HAND:
        row = ROWS.get(kind, NEW_ACCOUNT)
        assert writer.post(f"{path(kind)}?source=files", row, format="json").status_code == 403, kind
    assert Contract.objects.count() == 0


def test_an_account_out_of_sight_is_no_account(other_csm, acme):
    writer = token_client(other_csm, "write")
    for kind in sorted(BY_HAND - {"rapports"}):
        answer = writer.post(f"{path(kind)}?source=files", ROWS[kind], format="json")
        assert answer.json()["errors"][0]["message"] == "no account 'acme' in source 'files'", kind


def test_a_contact_out_of_sight_is_no_contact(feed, other_csm, acme):
    write(feed, "contacts", ROWS["contacts"])
    answer = token_client(other_csm, "write").post("/api/v1/rapports?source=files", ROWS["rapports"], format="json")
    assert answer.json()["errors"][0]["message"] == "no contact 'c1' in source 'files'"


def test_nobody_takes_over_the_fact_of_an_account_out_of_sight(feed, other_csm, acme, make_account):
    write(feed, "contacts", ROWS["contacts"])
    write(feed, "touchpoints", {**ROWS["touchpoints"], "colleague_emails": [], "host_email": None})
    theirs = make_account("Theirs", owner=other_csm)
    row = {"external_id": "p1", "account": theirs.external_id, "kind": "call", "day": "2026-06-01"}
    answer = token_client(other_csm, "write").post("/api/v1/touchpoints?source=files", row, format="json")
    assert answer.json()["errors"] == [
        {"field": "external_id", "message": "this id belongs to an account that you do not see"}
    ]
    assert Touchpoint.objects.get().account == acme


# Lists.


def test_lists_are_narrowed_by_source_account_id_and_time_of_recording(feed, everything, make_account, csm):
    make_account("Birch", owner=csm)
    write(feed, "tickets", {**ROWS["tickets"], "external_id": "t2", "account": "birch"})
    Ticket.objects.filter(external_id="t1").update(recorded_at="2026-01-01T00:00:00Z")

    def ids(**query: object) -> list[str]:
        return [fact["external_id"] for fact in feed.get("/api/v1/tickets", query).json()["results"]]

    assert ids() == ["t1", "t2"]
    assert ids(account_id=everything.pk) == ["t1"]
    assert ids(external_id="t2") == ["t2"]
    assert ids(source="crm") == []
    assert ids(changed_since="2026-06-30T00:00:00Z") == ["t2"]
    assert ids(changed_since="2026-06-30T14:00:00+02:00") == ["t2"]
    assert ids(changed_since="2026-06-30T12:00:01Z") == []


def test_accounts_are_narrowed_by_their_newest_terms(feed, acme, make_account):
    make_account("Birch")
    Account.objects.update(recorded_at="2026-01-01T00:00:00Z")
    acme.history.update(recorded_at="2026-01-01T00:00:00Z")
    found = feed.get("/api/v1/accounts", {"changed_since": "2026-06-01T00:00:00Z"}).json()["results"]
    assert [account["name"] for account in found] == ["Birch"]


@pytest.mark.parametrize(("name", "value"), [
    ("changed_since", "yesterday"), ("changed_since", ""), ("changed_since", "2026-01-01T00:00:00"),
    ("account_id", "acme"), ("account_id", ""), ("account_id", "0"), ("account_id", "99999999999999999999"),
    ("cursor", "nonsense"), ("cursor", "cD14"), ("page_size", "0"), ("page_size", "1001"), ("page_size", "many"),
    ("external_id", "\x00"),
])  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused_by_name(feed, name, value):
    answer = feed.get("/api/v1/contacts", {name: value})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [name])


@pytest.mark.parametrize(("kind", "queries"), [("contacts", 2), ("touchpoints", 4), ("usage", 2)])
def test_queries_of_a_list_do_not_grow_with_its_rows(everything, feed, kind, queries, django_assert_num_queries):
    for n in range(20):
        write(feed, kind, {**ROWS[kind], "external_id": f"more {n}"})
    with django_assert_num_queries(queries):
        assert len(feed.get(path(kind)).json()["results"]) == 21


def test_a_thousand_rows_take_as_many_queries_as_ten(feed, acme, django_assert_max_num_queries):
    for many in (10, 1000):
        rows = [{"external_id": f"{many}-{n}", "account": "acme", "name": f"Name {n}"} for n in range(many)]
        # PostgreSQL's bulk writing takes a few statements more than SQLite's.
        with django_assert_max_num_queries(32):
            assert write_many(feed, "contacts", *rows).json()["created"] == many


@pytest.mark.parametrize("kind", ["contacts", "accounts"])
def test_the_same_id_twice_in_a_body_is_told_by_the_index_of_the_row_that_came_first(feed, acme, kind):
    row = {**ROWS.get(kind, NEW_ACCOUNT), "external_id": "twice"}
    told = write_many(feed, kind, row, {**row, "name": "Somebody else"}).json()["rows"]
    assert [(each["index"], each["verdict"], each["reason"]) for each in told] == [
        (0, "created", ""),
        (1, "refused", "the same id again with other content (index 0 came first)"),
    ]
