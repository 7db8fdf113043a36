"""Where brought files lie while they are needed: one folder each, which every process of the installation sees."""

import hashlib
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from accounts.ingest.parse.rows import UnusableFile
from accounts.models import FileImport

MOST_BYTES = 50 * 1024 * 1024
ORIGINAL, TEXT = "original", "sheet.csv"


def folders() -> Path:
    return Path(settings.INGEST_DIR) / "uploads"


def folder_of(pk: int) -> Path:
    return folders() / str(pk)


def original_of(pk: int) -> Path:
    return folder_of(pk) / ORIGINAL


def text_of(pk: int, *, is_workbook: bool) -> Path:
    """What is read: the file itself, or what was made of a workbook's sheet."""
    return folder_of(pk) / (TEXT if is_workbook else ORIGINAL)


def keep(pk: int, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Writes the file; says its size and digest. One that is too large, or empty, leaves nothing."""
    path, told, size = original_of(pk), hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                break
            told.update(chunk)
            file.write(chunk)
    if not 0 < size <= MOST_BYTES:
        drop(pk)
        limit = f"{MOST_BYTES // 1024 // 1024} MB"
        raise UnusableFile(f"it is larger than {limit}. Cut it into parts" if size else "it is empty")
    return size, told.hexdigest()


def forget(job: FileImport) -> None:
    """The file is not needed any more: it goes, and so do the values that were shown of it."""
    columns = [{**column, "samples": []} for column in job.look.get("columns", ())]
    FileImport.objects.filter(pk=job.pk).update(look={**job.look, "columns": columns} if columns else job.look)
    drop(job.pk)


def drop(pk: int) -> None:
    shutil.rmtree(folder_of(pk), ignore_errors=True)


def kept_before(moment: datetime) -> set[int]:
    """The imports whose folder nobody wrote into since."""
    if not folders().is_dir():
        return set()
    return {
        int(each.name)
        for each in folders().iterdir()
        if each.name.isdecimal() and each.stat().st_mtime < moment.timestamp()
    }
