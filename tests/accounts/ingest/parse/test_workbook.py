"""Workbooks become text; hostile ones are refused by their directory, before anything is unpacked."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from accounts.ingest.parse import workbook
from accounts.ingest.parse.rows import MOST_COLUMNS, UnusableFile


def written(path: Path, rows: list[list[object]], **formats: str) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in formats.items():
        book.active[cell].number_format = number_format
    book.create_sheet("Notes").append(["nothing"])
    book.save(path)
    return path


def text_of(path: Path, sheet: str = "Sheet") -> str:
    into = path.with_suffix(".csv")
    workbook.refuse_bomb(path)
    workbook.write_csv(path, sheet=sheet, into=into, tick=lambda rows: None)
    return into.read_bytes().decode()


def test_cells_become_text_with_days_in_iso_and_zeros_kept(tmp_path):
    path = written(
        tmp_path / "a.xlsx",
        [
            ["id", "since", "at", "n", "yes", "text"],
            [7, date(2026, 2, 1), datetime(2026, 2, 1, 9, 30), 1.5, True, "a\nb"],  # noqa: DTZ001
            [],
            ["007", 46054, None, 734.0, False, "=1+1 "],
        ],
        A2="00000",
    )
    assert workbook.is_workbook(path)
    assert workbook.sheet_names(path) == ["Sheet", "Notes"]
    assert text_of(path).splitlines() == [
        "id,since,at,n,yes,text",
        "00007,2026-02-01,2026-02-01 09:30:00,1.5,true,a b",
        "",
        "007,46054,,734,false,",
    ]


def test_days_may_be_counted_from_1904(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append([date(2026, 2, 1)])
    book.save(tmp_path / "mac.xlsx")
    assert workbook.epoch_of(tmp_path / "mac.xlsx") == date(1904, 1, 1)
    assert text_of(tmp_path / "mac.xlsx") == "2026-02-01\r\n"


def bomb(path: Path, *, megabytes: int, parts: int = 1) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for n in range(parts):
            with archive.open(f"xl/worksheets/sheet{n}.xml", "w", force_zip64=True) as part:
                for _ in range(megabytes):
                    part.write(b"0" * 1_000_000)
    return path


@pytest.mark.parametrize(
    ("megabytes", "parts", "words"), [(20, 1, "times as large"), (320, 1, "320 MB"), (0, 6_000, "6,001 parts")]
)
def test_bombs_are_refused_unopened(tmp_path, monkeypatch, megabytes, parts, words):
    path = bomb(tmp_path / "b.xlsx", megabytes=megabytes, parts=parts)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(UnusableFile, match=words):
        workbook.refuse_bomb(path)


def test_what_is_no_workbook_is_told_apart(tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UnusableFile, match="cut off or damaged"):
        workbook.refuse_bomb(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UnusableFile, match="an archive, not a workbook"):
        workbook.refuse_bomb(path)
    path.write_bytes(b"\xd0\xcf\x11\xe0" * 4)
    with pytest.raises(UnusableFile, match="old kind"):
        workbook.is_workbook(path)


def test_entities_are_not_unfolded(tmp_path):
    path = written(tmp_path / "e.xlsx", [["a"], ["b"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    laughs = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"<worksheet", laughs + b"<worksheet", 1))
    with pytest.raises(UnusableFile, match="cannot be read"):
        text_of(path)


def test_a_sheet_that_is_too_wide_is_refused(tmp_path):
    path = written(tmp_path / "w.xlsx", [["x"] * (MOST_COLUMNS + 1)])
    with pytest.raises(UnusableFile, match="more than 500 columns"):
        text_of(path)
