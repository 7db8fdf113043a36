from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from accounts.ingest.parse.mapping import Mapping
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.parse.rows import UnusableFile
from accounts.ingest.parse.sheet import Sheet, open_sheet, original_rows, read_records
from accounts.ingest.records import InvoiceRecord, TouchpointRecord, UsageRecord

USAGE = "external_id,account,day,events\n"


@pytest.fixture
def sheet(tmp_path):
    def opened(content: str | bytes, *, kind: str = "usage", mapping: Mapping | None = None, **stated: str) -> Sheet:
        path: Path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_sheet(path=path, kind=kind, mapping=mapping or Mapping(), zone=ZoneInfo("UTC"), **stated)

    return opened


def usage(external_id: str, day: date, events: int) -> UsageRecord:
    return UsageRecord(external_id=external_id, account="a1", day=day, events=events)


def test_a_row_becomes_a_record_with_its_line(sheet):
    found = sheet(USAGE + "u1,a1,2024-01-02,3\n\nu2,a1,2024-01-03,4\n")
    assert found.rows == 2
    assert list(read_records(found)) == [
        (2, usage("u1", date(2024, 1, 2), 3)),
        (4, usage("u2", date(2024, 1, 3), 4)),
    ]


def test_a_row_over_two_lines_is_named_by_its_first(sheet):
    found = sheet(
        'external_id,account,kind,day,note\nt1,a1,call,2024-01-02,"first\nsecond"\nt2,a1,call,bad,\n',
        kind="touchpoints",
    )
    (line, record), refusal = read_records(found)
    assert (line, record.note) == (2, "first second")
    assert (refusal.line, refusal.column) == (4, "day")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(sheet, delimiter):
    found = sheet(USAGE.replace(",", delimiter) + delimiter.join(["u1", "a1", "2024-01-02", "3"]) + "\n")
    assert found.delimiter == delimiter
    assert list(read_records(found)) == [(2, usage("u1", date(2024, 1, 2), 3))]


def test_commas_within_quotes_do_not_mislead_the_search_for_the_delimiter(sheet):
    found = sheet('external_id;account;"day";events;"a, b, c, d, e, f"\nu1;a1;2024-01-02;3;"x, y"\n')
    assert found.delimiter == ";"


def test_a_byte_order_mark_is_no_part_of_the_first_header(sheet):
    assert list(read_records(sheet(("\ufeff" + USAGE + "u1,a1,2024-01-02,3\n").encode())))
    assert list(read_records(sheet(("\ufeff" + USAGE + "u1,a1,2024-01-02,3\n").encode(), encoding="utf-8")))


def test_another_encoding_is_read_when_named(sheet):
    content = (USAGE + "u1,Müller,2024-01-02,3\n").encode("cp1252")
    ((_, record),) = read_records(sheet(content, encoding="cp1252"))
    assert record.account == "Müller"


def test_wrong_bytes_are_an_error_with_their_line(sheet):
    content = (USAGE + "u1,a1,2024-01-02,3\nu2,Müller,2024-01-02,3\n").encode("cp1252")
    with pytest.raises(UnusableFile, match="line 3: byte 0xfc is no UTF-8"):
        sheet(content)


def test_utf_16_is_recognized_and_asked_for(sheet):
    content = (USAGE + "u1,a1,2024-01-02,3\n").encode("utf-16")
    with pytest.raises(UnusableFile, match="--encoding utf-16"):
        sheet(content)
    assert list(read_records(sheet(content, encoding="utf-16")))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_recognized(sheet, start):
    with pytest.raises(UnusableFile, match="this is a workbook, not text"):
        sheet(start + bytes(range(256)))


@pytest.mark.parametrize("delimiter", ["ab", '"', "\n"])
def test_what_cannot_separate_columns_is_no_delimiter(sheet, delimiter):
    with pytest.raises(UnusableFile, match="is no delimiter"):
        sheet(USAGE, delimiter=delimiter)
    with pytest.raises(UnusableFile, match="is no delimiter"):
        sheet(USAGE, mapping=Mapping(delimiter=delimiter))


def test_a_tab_is_named_in_a_word(sheet):
    assert sheet(USAGE.replace(",", "\t"), delimiter="TAB").rows == 0


def test_an_encoding_that_encodes_nothing_is_none(sheet):
    with pytest.raises(UnusableFile, match="there is no encoding 'undefined'"):
        sheet(USAGE, encoding="undefined")


def test_a_row_that_an_open_quotation_mark_made_long_says_so(sheet):
    (refusal,) = read_records(sheet(USAGE + 'u1,"a1,2024-01-02,3\nu2,a1,2024-01-03,4\n'))
    assert refusal.line == 2
    assert refusal.reason.endswith("and goes on for 2 lines. Is a quotation mark left open?")


def test_headers_match_apart_from_case_double_spaces_and_underscores(sheet):
    found = sheet("External  ID, Account ,DAY,Events\nu1,a1,2024-01-02,3\n")
    assert list(read_records(found)) == [(2, usage("u1", date(2024, 1, 2), 3))]


def test_columns_that_nobody_asked_for_are_named(sheet):
    assert sheet("external_id,account,day,events,colour\nu1,a1,2024-01-02,3,red\n").unread == ("colour",)


def test_a_mapping_names_columns_constants_and_words(sheet):
    mapping = Mapping(
        columns={"external_id": "No", "account": "Customer", "issued_on": "From", "due_on": "To", "amount": "Sum"},
        constants={"currency": "EUR"},
        values={"account": {"acme ltd": "a1"}},
        empty=frozenset({"n/a"}),
    )
    text = "No;Customer;From;To;Sum\n1;ACME  Ltd;2024-01-01;2024-01-31;1,250.50\n2;a2;2024-01-01;n/a;10\n"
    (line, record), refusal = read_records(sheet(text, kind="invoices", mapping=mapping))
    assert record == InvoiceRecord(
        external_id="1",
        account="a1",
        issued_on=date(2024, 1, 1),
        due_on=date(2024, 1, 31),
        amount=Decimal("1250.50"),
        currency="EUR",
    )
    assert (line, refusal.line, refusal.column, refusal.reason) == (2, 3, "To", "missing")


def test_a_missing_column_is_named_with_those_that_are_there(sheet):
    with pytest.raises(UnusableFile, match="no column for day. It has: external_id, account, events"):
        sheet("external_id,account,events\nu1,a1,3\n")
    with pytest.raises(UnusableFile, match="no column 'Tag'"):
        sheet(USAGE, mapping=Mapping(columns={"external_id": "external_id", "day": "Tag", "events": "events"}))


def test_a_column_that_stands_twice_is_no_column(sheet):
    with pytest.raises(UnusableFile, match="2 columns 'day'"):
        sheet("external_id,account,day,events,Day\n")


def test_an_empty_file_cannot_be_used(sheet):
    with pytest.raises(UnusableFile, match="the file is empty"):
        sheet("")


def test_a_quotation_mark_left_open_is_an_error_with_its_line(sheet):
    with pytest.raises(UnusableFile, match="line 2: .*quotation mark"):
        sheet(USAGE + 'u1,"a1,2024-01-02,3\n' + "x" * 140_000)


def test_a_row_of_another_width_is_refused_whole(sheet):
    (refusal,) = read_records(sheet(USAGE + "u1,a1,2024-01-02,3,extra\n"))
    assert refusal == Refusal(
        2,
        "",
        "has 5 columns, the header has 4",
        {"external_id": "u1", "account": "a1", "day": "2024-01-02", "events": "3", "column 5": "extra"},
    )


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",a1,2024-01-02,3", "external_id", "missing"),
        ("u1,a1,,3", "day", "missing"),
        ("u1,a1,2024-13-02,3", "day", "is no day of the calendar"),
        ("u1,a1,2024-01-02,NaN", "events", "is no number"),
        ("u1,a1,2024-01-02,2.5", "events", "is no whole number"),
    ],
)
def test_a_bad_value_is_refused_with_line_column_and_row(sheet, row, column, reason):
    (refusal,) = read_records(sheet(USAGE + row + "\n"))
    assert (refusal.line, refusal.column) == (2, column)
    assert reason in refusal.reason
    assert list(refusal.payload.values()) == row.split(",")


def test_one_value_settles_the_order_of_its_whole_column(sheet):
    first, second = read_records(sheet(USAGE + "u1,a1,07-08-2023,3\nu2,a1,27-07-2023,3\n"))
    assert (first[1].day, second[1].day) == (date(2023, 8, 7), date(2023, 7, 27))


def test_a_column_that_nothing_settles_refuses_its_ambiguous_rows_only(sheet):
    refusal, (_, record) = read_records(sheet(USAGE + "u1,a1,07-08-2023,3\nu2,a1,07-07-2023,3\n"))
    assert refusal.reason == "ambiguous: 7 August or 8 July? pass --date-format"
    assert record.day == date(2023, 7, 7)


def test_a_column_that_contradicts_itself_refuses_its_ambiguous_rows_only(sheet):
    rows = list(read_records(sheet(USAGE + "u1,a1,07-08-2023,3\nu2,a1,27-07-2023,3\nu3,a1,07-27-2023,3\n")))
    assert isinstance(rows[0], Refusal)
    assert [record.day for _, record in rows[1:]] == [date(2023, 7, 27), date(2023, 7, 27)]


def test_each_column_settles_itself_alone(sheet):
    text = "external_id,account,issued_on,due_on,amount\n1,a1,07-08-2023,27-08-2023,5\n"
    (refusal,) = read_records(sheet(text, kind="invoices"))
    assert refusal.column == "issued_on"


def test_a_stated_format_settles_it(sheet):
    ((_, record),) = read_records(sheet(USAGE + "u1,a1,07-08-2023,3\n", date_format="DD-MM-YYYY"))
    assert record.day == date(2023, 8, 7)


def test_lists_and_defaults_are_read(sheet):
    text = "external_id,account,kind,day,contacts\nt1,a1,ebr,2024-01-02,c1;c2\nt2,a1,ebr,2024-01-02,\n"
    (_, first), (_, second) = read_records(sheet(text, kind="touchpoints"))
    assert first == TouchpointRecord(
        external_id="t1", account="a1", kind="ebr", day=date(2024, 1, 2), contacts=("c1", "c2")
    )
    assert (second.contacts, second.state) == ((), "held")


def test_the_original_of_any_line_can_be_shown(sheet):
    found = sheet(USAGE + "u1,a1,2024-01-02,3\nu2,a1,2024-01-03,4\n")
    assert list(original_rows(found, {3})) == [
        (3, {"external_id": "u2", "account": "a1", "day": "2024-01-03", "events": "4"})
    ]
