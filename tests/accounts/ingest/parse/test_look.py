"""Files tell how they are written, and their columns what they likely are."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ingest.parse.guess import Traits, guess_kind, guess_mapping
from accounts.ingest.parse.look import look_at
from accounts.ingest.parse.rows import UnusableFile, read_rows
from accounts.ingest.parse.values import Order, mark_of, pointed
from accounts.spreadsheets import write_table

TEXT = "Größe;Straße\nzwölf;Köln\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32"),
    ],
)  # fmt: skip
def test_the_encoding_is_found(tmp_path, written, found):
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(written))
    look = look_at(path)
    assert (look.encoding, look.delimiter, look.rows) == (found, ";", 1)
    assert [column.name for column in look.columns] == ["Größe", "Straße"]
    assert look.columns[0].samples == ["zwölf"]


def test_doubt_about_days_and_marks_is_noted(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a;b;c;d\n01/02/2026;01/02/2026;1,234;1,5\n02/03/2026;13/02/2026;2,345;2\n")
    a, b, c, d = look_at(path).columns
    assert (a.order, a.ambiguous_day, b.order) == (Order.UNSETTLED, "01/02/2026", Order.DAY_FIRST)
    assert (dict(c.marks), c.ambiguous_number, dict(d.marks)) == ({"?": 2}, "1,234", {",": 1})


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1,5", ",", "1.5"), ("1.5", ".", "1.5"), ("1.234,50", ",", "1,234.50"), ("1,234.50", ".", "1,234.50"),
        ("1,234", "?", "1,234"), ("1.234", "?", "1.234"), ("1 234,50", ",", "1234.50"), ("€ 1.234,50", ",", "1,234.50"),
        ("1,234,567", ".", "1,234,567"), ("0,125", ",", "0.125"), ("12", None, "12"), ("1.2.3", None, "1.2.3"),
    ],
)  # fmt: skip
def test_marks_of_numbers(text, mark, number):
    assert mark_of(text) == mark
    assert pointed(text, mark if mark == "," else ".") == number


def test_columns_without_or_with_the_same_name_are_told_apart(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Name,,name\n1,2,3\n")
    assert [column.name for column in look_at(path).columns] == ["Name", "Column 2", "name (2)"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"\n\n \n", "empty"), (b"a,b\n", "nothing below"),
        (b",".join([b"x"] * 100_000) + b"\n1\n", "100,000 columns"), (b'a\n"' + b"x" * 200_000, "field larger"),
    ],
)  # fmt: skip
def test_files_of_which_nothing_can_be_used(tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnusableFile, match=words):
        look_at(path)


def test_nul_bytes_and_a_single_column_are_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"name\nA\x00B\nC\n")
    look = look_at(path)
    assert (look.rows, look.columns[0].samples) == (2, ["A\ufffdB", "C"])


def columns(*names: str, **traits: float) -> list[Traits]:
    return [Traits(name, days=0, numbers=0, addresses=0, is_empty=True) for name in names]


def test_fields_are_guessed_by_name_synonym_likeness_and_values():
    found = guess_mapping(
        "accounts", columns("Customer Number", "Firma", "Kunde seit", "ARR (USD)", "Renewl date", "CSM")
    )
    assert found == {"external_id": 0, "name": 1, "started_on": 2, "renewal_date": 4, "owner_email": 5, "arr": 3}
    # A column of words is no date, whatever it is called.
    assert "renewal_date" not in guess_mapping("accounts", [Traits("renewal", days=0, numbers=0, addresses=0)])


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("accounts", "account_id account_name industry signup_date"),
        ("contacts", "contact_id account_id full_name email job_title"),
        ("tickets", "ticket_id account_id submitted_at closed_at priority"),
        ("usage", "usage_id subscription_id usage_date feature_name usage_count"),
        ("invoices", "invoice_id account_id invoice_date due_date amount"),
        ("contracts", "subscription_id account_id start_date end_date arr_amount"),
    ],
)
def test_the_kind_is_guessed(kind, names):
    assert guess_kind(columns(*names.split())) == kind


cells = st.text(
    st.characters(
        blacklist_categories=("Cs",), blacklist_characters="\r\n\x00\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x1f"
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6), encoding=st.sampled_from(["utf-8", "utf-16"])
)
def test_what_is_written_as_csv_is_read_back(tmp_path, rows, encoding):
    rows = [row for row in rows if any(map(str.strip, row))]
    into = io.StringIO()
    csv.writer(into, delimiter=";").writerows([("a", "b", "c"), *rows])
    path = tmp_path / "r.csv"
    path.write_bytes(into.getvalue().encode(encoding))
    read = [tuple(row) for _, row in read_rows(path, encoding, ";", skip_header=True)]
    assert read == rows
    if rows and encoding == "utf-16":
        assert look_at(path, delimiter=";").rows == len(rows)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_no_cell_that_leaves_is_a_formula(texts):
    into = io.StringIO()
    write_table(into, [texts])
    (row,) = csv.reader(io.StringIO(into.getvalue().removeprefix("\ufeff"), newline=""))
    for cell in row:
        is_number = cell.startswith("-") and cell[1:].replace(".", "").replace(",", "").isdigit()
        assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
