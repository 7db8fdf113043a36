"""Tables as files: nothing in them runs, and numbers stay numbers."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.spreadsheets import cell
from dashboards.pages.files import csv_file


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Acme", "Acme"), ("=1+1", "'=1+1"), ("+44", "'+44"), ("-1", "-1"), ("-1+1", "'-1+1"),
        ("\rx", "'\rx"), ("＝1", "'＝1"), ("@x", "'@x"), ("\tx", "'\tx"),
        (Decimal("-7.50"), "-7.5"), (Decimal("600000.00"), "600000"), (Decimal("0.00"), "0"), (12, "12"),
        (date(2026, 6, 30), "2026-06-30"), (None, ""),
    ],
)  # fmt: skip
def test_a_cell_is_plain_and_a_text_is_never_a_formula(value, text):
    assert cell(value) == text


def test_a_file_is_utf_8_with_a_mark_and_a_name():
    answer = csv_file("plans", [["Näme", "N"], ["a,b", 1]])
    assert answer.content == '\ufeffNäme,N\r\n"a,b",1\r\n'.encode()
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="plans.csv"'
