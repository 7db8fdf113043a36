"""A file on its way in: read, rehearsed, taken in, taken up after a worker died, stopped and undone."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from accounts.ingest import choices, jobs, uploads
from accounts.ingest.parse.rows import UnusableFile
from accounts.models import (
    Account,
    AccountHistory,
    AccountTouch,
    Amendment,
    AuditEntry,
    Contact,
    Contract,
    FileImport,
    ImportState,
    KnownDay,
    Quarantine,
    Ticket,
    Touchpoint,
    UsageRow,
)
from accounts.operations import imports
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ACCOUNTS = """Account ID,Company,Customer since,ARR,Domain,Owner
007,Halden Freight,2025-01-15,486000,halden.example,maya@kestrel.example
008,Tessera Labs,2025-02-01,612000,tessera.example,maya@kestrel.example
acme,Acme,2024-01-01,15000,acme.example,maya@kestrel.example
009,,2025-02-01,1,,
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.INGEST_DIR = tmp_path
    return tmp_path


@pytest.fixture
def clock():
    """Moves on by a second at each look, as moments of runs must differ."""

    class Clock:
        now = NOW

        def __call__(self):
            self.now += timedelta(seconds=1)
            return self.now

    return Clock()


@pytest.fixture
def bring(organization, source, ops, clock):
    """Brings a file as far as its columns."""

    def bring(text: str | bytes, *, name: str = "file.csv", kind: str = "") -> FileImport:
        content = text.encode() if isinstance(text, str) else text
        job = imports.receive_file(name=name, chunks=[content], kind=kind, source="files", by=ops, at=clock())
        return work(job, clock)

    return bring


def work(job: FileImport, clock, worker: str = "one") -> FileImport:
    jobs.work_on(pk=job.pk, worker=worker, clock=clock)
    job.refresh_from_db()
    return job


def checked(job: FileImport, clock, **answers) -> FileImport:
    imports.choose_mapping(job=job, mapping={**job.mapping, **answers}, name="", at=clock())
    return work(job, clock)


def imported(job: FileImport, ops, clock, **answers) -> FileImport:
    job = checked(job, clock, **answers)
    assert job.state == ImportState.CHECKED, job.error
    imports.start_import(job=job, by=ops, at=clock())
    return work(job, clock)


def undone(job: FileImport, ops, clock) -> FileImport:
    imports.undo_import(job=job, by=ops, at=clock())
    return work(job, clock)


def counts(run) -> tuple[int, int, int, int]:
    return run.created_rows, run.changed_rows, run.unchanged_rows, run.refused_rows


def test_a_file_is_read_its_kind_and_columns_guessed(bring):
    job = bring(ACCOUNTS)
    assert (job.state, job.kind, job.total_rows) == (ImportState.MAPPING, "accounts", 4)
    assert job.mapping["columns"] == {
        "external_id": 0, "name": 1, "started_on": 2, "arr": 3, "domain": 4, "owner_email": 5,
    }  # fmt: skip
    assert job.look["columns"][0]["samples"] == ["007", "008", "acme"]


def test_the_check_counts_what_the_import_then_does_and_writes_nothing(bring, acme, csm, ops, clock):
    before = list(Account.objects.values()), list(AccountHistory.objects.values()), AccountTouch.objects.count()
    job = checked(bring(ACCOUNTS), clock)
    assert job.state == ImportState.CHECKED
    assert counts(job.check_run) == (2, 1, 0, 1)
    assert (
        list(Account.objects.values()),
        list(AccountHistory.objects.values()),
        AccountTouch.objects.count(),
    ) == before
    assert [row["id"] for row in job.preview["created"]] == ["007", "008"]
    assert job.preview["changed"] == [
        {"line": 4, "id": "acme", "changes": [
            {"field": "domain", "before": "", "after": "acme.example"},
            {"field": "arr", "before": "12000", "after": "15000"},
        ]},
    ]  # fmt: skip
    refused = Quarantine.objects.get(run=job.check_run)
    assert (refused.line, refused.column, refused.reason) == (5, "Company", "missing")
    imports.start_import(job=job, by=ops, at=clock())
    job = work(job, clock)
    assert job.state == ImportState.DONE
    assert counts(job.run) == (2, 1, 0, 1)
    assert Account.objects.get(external_id="007").arr == Decimal(486_000)
    assert not uploads.folder_of(job.pk).exists()
    again = imported(bring(ACCOUNTS), ops, clock)
    assert counts(again.run) == (0, 0, 3, 1)


def test_undoing_removes_what_is_new_and_restores_what_changed(bring, acme, csm, ops, clock):
    def state():
        leave = {"pk", "id", "touches", "touched_at", "changed_at"}
        return [
            [
                {name: value for name, value in row.items() if name not in leave}
                for row in model.objects.order_by("pk").values()
            ]
            for model in (Account, AccountHistory, Amendment)
        ]

    before = state()
    job = undone(imported(bring(ACCOUNTS), ops, clock), ops, clock)
    assert job.state == ImportState.UNDONE
    assert (job.undo["removed"], job.undo["restored"], job.undo.get("left", 0)) == (2, 1, 0)
    assert state() == before
    # Whoever copied what the import said hears that it changed again.
    assert Account.objects.get(pk=acme.pk).changed_at > job.run.started_at
    assert AccountTouch.objects.get(account=acme).touches == 3
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == [
        "brought a file",
        "started an import",
        "imported accounts",
        "asked to undo an import",
        "undid an import",
    ]


def test_what_changed_since_or_is_referred_to_is_left_and_named(bring, acme, csm, ops, clock):
    job = imported(bring(ACCOUNTS), ops, clock)
    imported(bring("external_id,name,started_on,arr\nacme,Acme,2024-01-01,17000\n"), ops, clock)
    imported(bring("id,account id,name\nc1,007,Ann Lee\n", kind="contacts"), ops, clock)
    job = undone(job, ops, clock)
    assert job.undo["left_rows"] == [
        {"id": "acme", "name": "Acme", "why": "changed since"},
        {"id": "007", "name": "Halden Freight", "why": "other facts refer to it"},
    ]
    assert (job.undo["removed"], job.undo.get("restored", 0), job.undo["left"]) == (1, 0, 2)
    assert Account.objects.get(external_id="acme").arr == Decimal(17_000)
    assert set(Account.objects.values_list("external_id", flat=True)) == {"acme", "007"}


def test_undoing_in_reverse_order_takes_all_of_it_back(bring, acme, csm, ops, clock):
    first = imported(bring("external_id,name,started_on,arr\nacme,Acme,2024-01-01,17000\n"), ops, clock)
    second = imported(bring("external_id,name,started_on,arr\nacme,Acme Ltd,2024-01-01,18000\n"), ops, clock)
    undone(second, ops, clock)
    acme.refresh_from_db()
    assert (acme.name, acme.arr) == ("Acme", Decimal(17_000))
    undone(first, ops, clock)
    acme.refresh_from_db()
    assert acme.arr == Decimal(12_000)
    assert not Amendment.objects.exists()


TICKETS = "ticket_id,account_id,opened_at,closed_at,subject\n"


def test_facts_are_undone_too(bring, acme, ops, clock):
    imported(bring(TICKETS + "t1,acme,2026-06-01,,Slow\nt2,acme,2026-06-02,,Broken\n"), ops, clock)
    before = list(Ticket.objects.order_by("pk").values())
    second = imported(bring(TICKETS + "t1,acme,2026-06-01,2026-06-05,Slow\nt3,acme,2026-06-03,,New\n"), ops, clock)
    assert counts(second.run) == (1, 1, 0, 0)
    job = undone(second, ops, clock)
    assert (job.undo["removed"], job.undo["restored"]) == (1, 1)
    assert list(Ticket.objects.order_by("pk").values()) == before


def test_who_met_whom_is_as_before(bring, acme, ops, clock):
    imported(bring("id,account id,name\nc1,acme,Ann\nc2,acme,Bob\n", kind="contacts"), ops, clock)
    head = "external_id,account,kind,day,contacts\n"
    imported(bring(head + "m1,acme,call,2026-06-01,c1\n", kind="touchpoints"), ops, clock)
    second = imported(bring(head + "m1,acme,call,2026-06-01,c2\n", kind="touchpoints"), ops, clock)
    assert counts(second.run) == (0, 1, 0, 0)
    assert [c.name for c in Touchpoint.objects.get().contacts.all()] == ["Bob"]
    undone(second, ops, clock)
    assert [c.name for c in Touchpoint.objects.get().contacts.all()] == ["Ann"]


def test_contacts_whom_something_refers_to_stay(bring, acme, ops, clock):
    contacts = imported(bring("id,account id,name\nc1,acme,Ann\nc2,acme,Bob\n", kind="contacts"), ops, clock)
    head = "external_id,account,kind,day,contacts\n"
    imported(bring(head + "m1,acme,call,2026-06-01,c1\n", kind="touchpoints"), ops, clock)
    job = undone(contacts, ops, clock)
    assert job.undo["left_rows"] == [{"id": "c1", "name": "Ann", "why": "other facts refer to it"}]
    assert [contact.name for contact in Contact.objects.all()] == ["Ann"]


def test_contracts_take_their_history_with_them(bring, acme, ops, clock):
    Account.objects.filter(pk=acme.pk).update(is_arr_from_contracts=True)
    before = list(AccountHistory.objects.values())
    text = "contract_id,account_id,starts_on,arr\nk1,acme,2026-01-01,50000\n"
    job = imported(bring(text, kind="contracts"), ops, clock)
    acme.refresh_from_db()
    assert (acme.arr, AccountHistory.objects.count()) == (Decimal(50_000), 2)
    undone(job, ops, clock)
    acme.refresh_from_db()
    assert (acme.arr, Contract.objects.count()) == (Decimal(12_000), 0)
    assert list(AccountHistory.objects.values()) == before


def test_usage_and_its_known_days_go_again(bring, acme, ops, clock):
    head = "external_id,account,day,events,user_key\n"
    imported(bring(head + "u1,acme,2026-06-01,5,a\n", kind="usage"), ops, clock)
    second = imported(
        bring(head + "u2,acme,2026-06-01,7,b\nu3,acme,2026-06-02,1,a\nu2,acme,2026-06-01,7,b\n", kind="usage"),
        ops,
        clock,
    )
    assert counts(second.run) == (2, 0, 1, 0)
    assert acme.days.get(day=date(2026, 6, 1)).events == 12
    job = undone(second, ops, clock)
    assert job.undo["removed"] == 2
    assert list(acme.days.values_list("day", "events", "users")) == [(date(2026, 6, 1), 5, 1)]
    assert [known.day for known in KnownDay.objects.all()] == [date(2026, 6, 1)]
    assert UsageRow.objects.count() == 1


def many(count: int) -> str:
    rows = [f"a{n},Company {n},2025-01-01,{n if n % 7 else 'x'}" for n in range(count)]
    return "\n".join(["external_id,name,started_on,arr", *rows, "a1,Other,2025-01-01,1", "a2,Company 2,2025-01-01,2"])


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr("accounts.ingest.intake.BATCH", 10)
    monkeypatch.setattr("accounts.ingest.rehearsal.BATCH", 10)
    monkeypatch.setattr("accounts.ingest.undo.AT_ONCE", 10)


class Killed(BaseException):
    """As kill -9: nobody handles it."""


def test_a_worker_that_died_is_followed_by_one_that_goes_on(bring, ops, clock, small_batches, monkeypatch):
    job = checked(bring(many(50)), clock)
    expected = counts(job.check_run)
    assert expected == (42, 0, 1, 9)
    imports.start_import(job=job, by=ops, at=clock())
    hold, held = jobs.Claim.hold, []

    def dying(self, **values):
        held.append(values)
        if len(held) in {2, 4, 5, 8, 11}:
            raise Killed
        hold(self, **values)

    monkeypatch.setattr(jobs.Claim, "hold", dying)
    for attempt in range(30):
        clock.now += timedelta(minutes=5)
        try:
            work(job, clock, worker=f"worker {attempt}")
        except Killed:
            FileImport.objects.filter(pk=job.pk).update(attempts=0)
        job.refresh_from_db()
        if job.state == ImportState.DONE:
            break
    assert job.state == ImportState.DONE
    assert attempt == 5
    assert counts(job.run) == expected
    assert Account.objects.count() == 42
    assert Quarantine.objects.filter(run=job.run).count() == 9
    assert not Quarantine.objects.filter(run=job.run, payload={}).exists()
    job = undone(job, ops, clock)
    assert Account.objects.count() == 0


def test_two_workers_do_not_both_write(bring, ops, clock):
    job = checked(bring(ACCOUNTS), clock)
    imports.start_import(job=job, by=ops, at=clock())
    ours = jobs.claim(pk=job.pk, worker="one", clock=clock)
    assert jobs.claim(pk=job.pk, worker="two", clock=clock) is None
    clock.now += timedelta(minutes=5)
    assert jobs.claim(pk=job.pk, worker="two", clock=clock) is not None
    with pytest.raises(jobs.Stopped):
        jobs.take(ours)
    assert not Account.objects.exists()


def test_cancelling_in_the_middle_takes_back_what_was_written(bring, ops, clock, small_batches, monkeypatch):
    job = checked(bring(many(50)), clock)
    imports.start_import(job=job, by=ops, at=clock())
    hold, held = jobs.Claim.hold, []

    def cancelling(self, **values):
        hold(self, **values)
        held.append(values)
        if len(held) == 2:
            imports.cancel_import(job=FileImport.objects.get(pk=job.pk), by=ops, at=clock())

    monkeypatch.setattr(jobs.Claim, "hold", cancelling)
    work(job, clock)
    assert (job.state, Account.objects.count()) == (ImportState.UNDOING, 20)
    job = work(job, clock)
    assert (job.state, Account.objects.count()) == (ImportState.CANCELLED, 0)


def test_cancelling_before_anything_is_written_ends_it(bring, ops, clock):
    job = bring(ACCOUNTS)
    imports.cancel_import(job=job, by=ops, at=clock())
    assert (job.state, uploads.folder_of(job.pk).exists()) == (ImportState.CANCELLED, False)
    with pytest.raises(imports.NotNow, match="cancelled by now"):
        imports.choose_mapping(job=job, mapping=job.mapping, name="", at=clock())


def test_after_seven_days_nothing_is_undone(bring, ops, clock):
    job = imported(bring(ACCOUNTS), ops, clock)
    clock.now += timedelta(days=7, minutes=1)
    with pytest.raises(imports.NotNow, match="7 days"):
        imports.undo_import(job=job, by=ops, at=clock())


def test_a_kept_mapping_is_laid_upon_the_next_file_of_the_same_make(bring, ops, clock):
    job = bring("Ref;Firm;Begin;Extra\n1;A;2025-01-01;x\n", kind="accounts")
    mapping = {**job.mapping, "columns": {"external_id": 0, "name": 3, "started_on": 2}}
    imports.save_mapping(kind="accounts", name="CRM", content=choices.to_keep(mapping, job.look), by=ops, at=clock())
    again = bring("Extra;Begin;Ref\ny;2025-01-01;2\n", kind="accounts")
    assert (again.mapping["columns"], again.mapping_name) == ({"external_id": 2, "name": 0, "started_on": 1}, "CRM")
    assert bring("Begin;Ref\n2025-01-01;2\n", kind="accounts").mapping_name == ""


def test_too_large_and_empty_files_are_refused_at_the_door(ops, source, settings, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)
    for chunks, words in (([b"x" * 900, b"x" * 200], "larger than"), ([b""], "it is empty")):
        with pytest.raises(UnusableFile, match=words):
            imports.receive_file(name="a.csv", chunks=chunks, kind="", source="files", by=ops, at=NOW)
    assert not FileImport.objects.exists()


def workbook_of(**sheets: list[list[object]]) -> bytes:
    book, kept = openpyxl.Workbook(), BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(kept)
    return kept.getvalue()


def test_a_workbook_goes_the_whole_way(bring, ops, clock):
    rows = [["Kundennr", "Firma", "Kunde seit", "ARR"], ["007", "Halden", date(2025, 1, 15), 486000.5]]
    job = bring(workbook_of(Customers=[*rows, ["008", "Tessera", 45000, 12]]), name="customers.xlsx")
    assert (job.state, job.kind, job.total_rows) == (ImportState.MAPPING, "accounts", 2)
    assert job.mapping["columns"] == {"external_id": 0, "name": 1, "started_on": 2, "arr": 3}
    job = imported(job, ops, clock)
    assert (job.state, job.run.created_rows) == (ImportState.DONE, 2)
    account = Account.objects.get(external_id="007")
    assert (account.started_on, account.arr) == (date(2025, 1, 15), Decimal("486000.50"))
    assert Account.objects.get(external_id="008").started_on == date(2023, 3, 15)


def test_of_several_sheets_one_is_chosen(bring, clock):
    job = bring(workbook_of(Notes=[["nothing"]], Customers=[["Account ID", "Name"], ["007", "Halden"]]))
    assert (job.state, job.sheets) == (ImportState.CHOOSING, ["Notes", "Customers"])
    imports.read_again(job=job, at=clock(), sheet="Customers")
    job = work(job, clock)
    assert (job.state, job.total_rows) == (ImportState.MAPPING, 1)
