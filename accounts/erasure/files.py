"""Files of the installation that mention who is erased: lines are emptied, and what is not text goes as a whole."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from accounts.erasure.identity import ERASED, Identity, redacted
from accounts.erasure.traces import Tally

TEXTS = {".csv", ".txt", ".tsv", ".json", ".jsonl", ".toml", ".log", ".eml"}
# What the web serves, the database's own files, the broker's messages (ids alone), and the key.
NOT_OURS = {"static", "frontend", "broker"}
DATABASE = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")


def erase_from_files(identity: Identity, tally: Tally) -> None:
    """Reports of refused rows and other texts without who it is; workbooks, exports and mails without their like."""
    for path in our_files(settings.VAR_DIR):
        if path.suffix in TEXTS:
            redact_file(path, identity, tally)
        elif is_opaque(path) or mentions(path, identity):
            path.unlink()
            tally.files["deleted"] += 1


def our_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        top = path.relative_to(folder).parts[0]
        if path.is_file() and top not in NOT_OURS and not path.name.endswith(DATABASE) and not is_own(path, folder):
            yield path


def is_own(path: Path, folder: Path) -> bool:
    """The key and the schedule lie at the top."""
    return path.parent == folder and (path.name.startswith(("secret_key", "beat")))


def is_opaque(path: Path) -> bool:
    """Packed: nobody can say that who it is is not in it. Exports are made anew, workbooks were read already."""
    return path.suffix in {".zip", ".xlsx", ".xlsm", ".gz"}


def mentions(path: Path, identity: Identity) -> bool:
    return identity.is_in(path.read_bytes().decode("utf-8", errors="replace"))


def redact_file(path: Path, identity: Identity, tally: Tally) -> None:
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    if not identity.is_in(text):
        return
    changed = without_rows(text, identity) if path.suffix == ".csv" else redacted(text, identity.pattern)
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(changed.encode("utf-8", errors="surrogateescape"))
    draft.replace(path)
    tally.files["rewritten"] += 1


def without_rows(text: str, identity: Identity) -> str:
    """Each row that mentions who it is keeps its first cell, the line, and loses the others."""
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow([redacted(cell, identity.pattern) for cell in head])
    for row in rows:
        is_about = any(identity.is_in(cell) for cell in row)
        lines.writerow([redacted(row[0], identity.pattern), *[ERASED] * (len(row) - 1)] if is_about else row)
    return out.getvalue()
