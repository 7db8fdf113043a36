import csv
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, IngestRun, Quarantine, Segment, Source, UsageRow

HEADER = "external_id,account,day,events\n"
GOOD = HEADER + "u1,acme,2025-03-01,3\nu2,acme,2025-03-02,4\n"


@pytest.fixture
def file(tmp_path, settings):
    settings.INGEST_DIR = tmp_path / "refused"

    def written(content: str, name: str = "usage.csv") -> Path:
        path: Path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return written


def ingest(kind: str, path: Path, **options: object) -> str:
    out = StringIO()
    call_command("ingest", kind, str(path), stdout=out, **options)
    return out.getvalue()


def test_a_file_goes_in_and_the_run_says_all_of_it(acme, file):
    said = ingest("usage", file(GOOD))
    assert "read 2: created 2, changed 0, unchanged 0, refused 0" in said
    run = IngestRun.objects.get()
    assert (run.state, run.kind, run.file_name, run.source.name) == ("done", "usage", "usage.csv", "files")
    assert (run.read_rows, run.created_rows, run.refused_rows, run.refusals_file) == (2, 2, 0, "")
    assert len(run.file_digest) == 64
    assert run.finished_at >= run.started_at
    assert run.summary == {"warnings": {}, "first_lines": {}, "accounts": 1, "days": 2}


def test_the_same_file_again_changes_nothing(acme, file):
    ingest("usage", file(GOOD))
    assert "created 0, changed 0, unchanged 2, refused 0" in ingest("usage", file(GOOD))


def test_good_rows_go_in_and_bad_ones_go_to_a_file_with_line_column_and_reason(acme, file):
    said = ingest("usage", file(GOOD + "u3,acme,someday,5\nu4,nobody,2025-03-02,=1\nu5,nobody,2025-03-02,1\n"))
    assert "created 2, changed 0, unchanged 0, refused 3" in said
    run = IngestRun.objects.get()
    assert (run.state, run.refused_rows) == ("done", 3)
    with Path(run.refusals_file).open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows == [
        ["line", "column", "reason", "external_id", "account", "day", "events"],
        ["4", "day", "'someday' does not read as YYYY-MM-DD", "u3", "acme", "someday", "5"],
        ["5", "events", "'=1' is no number", "u4", "nobody", "2025-03-02", "'=1"],
        ["6", "account", "no account 'nobody' in source 'files'", "u5", "nobody", "2025-03-02", "1"],
    ]
    kept = Quarantine.objects.order_by("line").values_list("line", "column", "payload")
    assert list(kept)[2] == (
        6,
        "account",
        {"external_id": "u5", "account": "nobody", "day": "2025-03-02", "events": "1"},
    )


def test_a_refusal_names_the_column_as_the_file_does(acme, file, tmp_path):
    mapping = file('[columns]\nNo = "external_id"\nCustomer = "account"\nDay = "day"\nUse = "events"\n', "m.toml")
    ingest("usage", file("No;Customer;Day;Use\nu1;nobody;2025-03-01;3\n"), mapping=str(mapping))
    assert Quarantine.objects.get().column == "Customer"


def test_warnings_are_counted_and_listed_with_their_first_lines(acme, file):
    said = ingest("usage", file(HEADER + "u1,acme,2023-03-01,3\n"))
    assert "warning: 1 × before the account's start (lines 2)" in said
    run = IngestRun.objects.get()
    assert run.warned_rows == 1
    assert run.summary["first_lines"] == {"before the account's start": [2]}


def test_a_warning_about_no_line_names_none(db, file):
    said = ingest("accounts", file("external_id,name,started_on,currency\na1,Acme,2025-01-01,CHF\n"))
    assert "× no exchange rate for CHF: enter one in the back office, without it no day can be scored\n" in said


def test_a_dry_run_writes_nothing_but_its_own_report(acme, file):
    said = ingest("usage", file(GOOD + "u3,acme,someday,5\n"), dry_run=True)
    assert "dry run: nothing was written" in said
    assert "created 2, changed 0, unchanged 0, refused 1" in said
    assert not UsageRow.objects.exists()
    run = IngestRun.objects.get()
    assert (run.is_dry_run, run.state, run.created_rows) == (True, "done", 2)


def test_a_mapping_may_make_segments(db, file):
    mapping = file(
        '[columns]\nid = "external_id"\nname = "name"\nsince = "started_on"\nplan = "segment"\n'
        '[values.segment]\nBasic = "smb"\n'
        '[segments.smb]\nname = "SMB"\nebr_cadence_months = 8\ntouchpoint_cadence_days = 60\n',
        "m.toml",
    )
    accounts = file("id,name,since,plan\na1,Acme,2025-01-01,Basic\n")
    assert "segments made: smb" in ingest("accounts", accounts, mapping=str(mapping), dry_run=True)
    assert not Segment.objects.exists()
    ingest("accounts", accounts, mapping=str(mapping), source="crm")
    assert (Segment.objects.get().ebr_cadence_months, Account.objects.get().segment.slug) == (8, "smb")
    assert Account.objects.get().source == Source.objects.get(name="crm")
    assert "segments made" not in ingest("accounts", accounts, mapping=str(mapping), source="crm")


def test_a_segment_cannot_take_the_name_of_another(smb, file):
    mapping = file('[segments.small]\nname = "SMB"\n', "m.toml")
    accounts = file("external_id,name,started_on\na1,Acme,2025-01-01\n")
    with pytest.raises(CommandError, match="there is another segment called 'SMB'"):
        ingest("accounts", accounts, mapping=str(mapping))
    assert (IngestRun.objects.get().state, Account.objects.count()) == ("failed", 0)


def test_nothing_in_the_file_of_refusals_runs_in_a_spreadsheet(acme, file):
    ingest("usage", file("external_id,account,day,events,=head\n+u1,@acme,2025-03-01,-3,=1+1\n"))
    with Path(IngestRun.objects.get().refusals_file).open(encoding="utf-8-sig", newline="") as lines:
        header, row = csv.reader(lines)
    assert header[-1] == "'=head"
    assert row[3:] == ["'+u1", "'@acme", "2025-03-01", "-3", "'=1+1"]


def test_the_format_and_the_delimiter_can_be_stated(acme, file):
    path = file("external_id#account#day#events\nu1#acme#07/08/25#3\n")
    ingest("usage", path, delimiter="#", date_format="MM/DD/YY")
    assert str(UsageRow.objects.get().day) == "2025-07-08"


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("", {}, "the file is empty"),
        ("day,events\n", {}, "no column for external_id"),
        (GOOD, {"encoding": "klingon"}, "there is no encoding 'klingon'"),
        (GOOD, {"mapping": "ravenstack/nothing"}, "There is no mapping"),
        (GOOD, {"mapping": "ravenstack/tickets"}, "is a mapping for tickets, not for usage"),
        (GOOD, {"date_format": "European"}, "is no date format"),
        (GOOD, {"delimiter": "ab"}, "'ab' is no delimiter"),
        (GOOD, {"source": " "}, "A source has a name of 1 to 80 characters"),
        (GOOD, {"source": "x" * 81}, "A source has a name of 1 to 80 characters"),
    ],
)
def test_a_file_that_cannot_be_used_stops_with_a_sentence(acme, file, content, options, sentence):
    with pytest.raises(CommandError, match=sentence):
        ingest("usage", file(content), **options)
    assert not IngestRun.objects.exists()


def test_a_file_that_is_not_there_stops_with_a_sentence(db, tmp_path):
    with pytest.raises(CommandError, match="cannot read .*No such file"):
        ingest("usage", tmp_path / "nothing.csv")


def test_a_run_that_fails_says_why(acme, file, monkeypatch):
    def broken(**given: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("accounts.management.commands.ingest.take_in", broken)
    with pytest.raises(RuntimeError):
        ingest("usage", file(GOOD))
    run = IngestRun.objects.get()
    assert (run.state, run.summary) == ("failed", {"error": "RuntimeError: the disk is full"})
