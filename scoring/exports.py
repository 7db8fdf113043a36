"""All of one's data: the facts' tables, the judgement's, and the scorecards as files; and exports in the background.

How far an export is stands in the database. Whoever writes one says so now and then; one that is silent for long is
begun anew by the next who looks.
"""

import shutil
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import F, Q

from accounts import audit
from accounts.export import folder
from accounts.export.tables import TABLES, Row, Table, nothing
from accounts.models import Export, User
from scoring import models as judgement
from scoring.content import card_of_version
from scoring.files import to_toml
from scoring.operations import newest_version
from scoring.partitions import ensure_month

log = structlog.get_logger(__name__)
SILENT = timedelta(minutes=5)
MOST_ATTEMPTS = 5
TELL_EVERY_ROWS = 20_000
Clock = Callable[[], datetime]


def make_room(rows: Sequence[Row]) -> None:
    """A partition for each month of the rows."""
    for month in {row["as_of"].replace(day=1) for row in rows}:
        ensure_month(month)


OVER = Q(state__in=("done", "failed", "cancelled"))
ALL_TABLES = (
    *TABLES,
    Table("scorecards", judgement.Scorecard),
    Table("scorecard_versions", judgement.ScorecardVersion),
    Table("scorecard_items", judgement.ScorecardItem),
    Table("spot_checks", judgement.SpotCheck),
    Table("scorecard_drafts", judgement.ScorecardDraft),
    Table("custom_measures", judgement.CustomMeasure),
    Table("measure_definitions", judgement.MeasureDefinition),
    # A copy tells nobody until somebody switches its rules on, and sends no mail that waited elsewhere.
    Table("alert_rules", judgement.AlertRule, left_out=(("is_on", bool),)),
    Table("alert_firings", judgement.AlertFiring),
    Table("alerts", judgement.Alert),
    Table("alert_notices", judgement.AlertNotice, left_out=(("mail_due_at", nothing),)),
    Table("alert_preferences", judgement.AlertPreference),
    Table("alert_mutes", judgement.AlertMute),
    Table("scoring_runs", judgement.ScoringRun, own_links=("peers_of_id",), only=OVER, is_score=True),
    Table("snapshots", judgement.Snapshot, is_csv=True, is_score=True, before=make_room),
    Table("superseded_snapshots", judgement.SupersededSnapshot, is_csv=True, is_score=True),
    Table("daily_summaries", judgement.DailySummary, is_csv=True, is_score=True),
    Table("account_health", judgement.AccountHealth, is_csv=True, is_score=True),
    Table("run_differences", judgement.RunDifference, is_score=True),
)

# What is no fact, no setting and no judgement of one's own: made anew, or good for this installation alone.
STAYS = {
    "accounts.usagemonth": "folded anew from the days",
    "accounts.accounttouch": "says what waits here; after a restore everything is new",
    "accounts.commontouch": "says what waits here; after a restore everything is new",
    "accounts.export": "files that lie here",
    "accounts.restoration": "what was restored here",
    "accounts.outboxmail": "mails on their way from here: a copy must not send them again",
    "accounts.sharelink": "a way in: links are made anew",
    "accounts.sharekey": "a way in: links are made anew",
    "accounts.shareopening": "goes with the links",
    "accounts.customerword": "goes with the links; what was ticked off leaves with the steps",
    "scoring.benchmark": "worked out anew every month",
    "accounts.surveyinvitation": "a way in: links in mails work here alone; that somebody was asked leaves as a survey",
    "accounts.sourcekey": "a way in: keys are made anew",
    "accounts.apitoken": "a way in: tokens are made anew",
    "accounts.keptanswer": "answers to repeated requests, for a day",
    "accounts.eventseen": "what not to count twice, for 90 days, by hashes",
    "accounts.user_groups": "roles decide, groups are not used",
    "accounts.user_user_permissions": "roles decide, permissions are not used",
    "accounts.fileimport": "a file on its way in; its run and what it brought leave",
    "accounts.formervalue": "what undoing an import of the last days needs",
    "scoring.alerttarget": "a way out, good for this installation alone: targets are made anew",
    "scoring.alertrule_targets": "goes with the targets",
    "scoring.alertdelivery": "messages on their way from here: a copy must not send them again",
    "scoring.deliverytry": "goes with the messages",
    "scoring.alertwatch": "how far scores were looked at here",
    "scoring.draftpreview": "computed anew from the draft",
    "scoring.study": "computed anew every night",
    "scoring.growthsign": "computed anew every night",
    "scoring.accountuse": "computed anew every night",
    "scoring.featurestanding": "computed anew every night",
    "scoring.usesum": "computed anew every night",
    "scoring.yearday": "computed anew every night",
    "scoring.runchunk": "what workers found for a run at work",
}


def wanted_tables(*, with_scores: bool) -> list[Table]:
    return [table for table in ALL_TABLES if with_scores or not table.is_score]


def write_export(*, into: Path, with_scores: bool, at: datetime, told: Callable[[int], None]) -> list[folder.Written]:
    """The folder with everything; `told` hears how many rows each batch had."""
    tables = wanted_tables(with_scores=with_scores)
    return folder.write_folder(folder=into, tables=tables, extra=write_scorecards, at=at, told=told)


def write_scorecards(into: Path) -> None:
    """Each card's newest version as the file that `publish_scorecards` reads."""
    cards = into / "scorecards"
    cards.mkdir(exist_ok=True)
    for scorecard in judgement.Scorecard.objects.order_by("slug"):
        if version := newest_version(scorecard):
            (cards / f"{scorecard.slug}.toml").write_text(to_toml(card_of_version(version)), encoding="utf-8")


@transaction.atomic
def order_export(*, with_scores: bool, by: User | None, at: datetime) -> Export:
    """An export that waits for a worker."""
    export = Export.objects.create(with_scores=with_scores, ordered_at=at, ordered_by=by)
    audit.record(verb="export ordered", subject=export, by=by, at=at, with_scores=with_scores)
    return export


def claim(*, pk: int, at: datetime) -> Export | None:
    """The export, ours to write, unless somebody is at it or it is over."""
    free = Q(state=Export.State.WAITING) | Q(state=Export.State.RUNNING, heard_at__lt=at - SILENT)
    ours = Export.objects.filter(free, pk=pk).update(
        state=Export.State.RUNNING, heard_at=at, rows=0, attempts=F("attempts") + 1
    )
    return Export.objects.get(pk=pk) if ours else None


def work_on_export(*, pk: int, clock: Clock) -> None:
    """Writes the export, if nobody else does. What goes wrong is said on it."""
    export = claim(pk=pk, at=clock())
    if export is None:
        return
    try:
        make(export, clock=clock)
    except Exception as error:
        fail(export, reason=f"{type(error).__name__}: {error}", at=clock())
        raise


def make(export: Export, *, clock: Clock) -> None:
    into = settings.EXPORT_DIR / f"healthapp-{export.pk}"
    shutil.rmtree(into, ignore_errors=True)
    tables = wanted_tables(with_scores=export.with_scores)
    Export.objects.filter(pk=export.pk).update(all_rows=folder.count_rows(tables))
    with progress_of(export, clock=clock) as told:
        write_export(into=into, with_scores=export.with_scores, at=clock(), told=told)
    path = packed(into)
    shutil.rmtree(into)
    keep(export, path, at=clock())


def packed(into: Path) -> Path:
    """The folder as one file, readable by its owner alone while it is written."""
    path = into.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(into.rglob("*")):
            archive.write(file, file.relative_to(into.parent))
    path.chmod(0o600)
    return path


@transaction.atomic
def keep(export: Export, path: Path, *, at: datetime) -> None:
    Export.objects.filter(pk=export.pk).update(
        state=Export.State.DONE,
        rows=F("all_rows"),
        finished_at=at,
        expires_at=at + timedelta(hours=settings.EXPORT_KEEP_HOURS),
        file_name=path.name,
        size_bytes=path.stat().st_size,
        digest=folder.sha256_of(path),
        error="",
    )
    audit.record(verb="export written", subject=export, by=export.ordered_by, at=at, bytes=path.stat().st_size)


def fail(export: Export, *, reason: str, at: datetime) -> None:
    """Tried again by the next who looks, until it was tried often enough."""
    state = Export.State.FAILED if export.attempts >= MOST_ATTEMPTS else Export.State.WAITING
    Export.objects.filter(pk=export.pk).update(state=state, error=reason[:300], finished_at=at)


@contextmanager
def progress_of(export: Export, *, clock: Clock) -> Any:
    """Says on the export how far it is. From a thread of its own: what is written reads as of one moment."""
    written = [0, 0]
    is_alone = connection.in_atomic_block

    def note(rows: int) -> None:
        Export.objects.filter(pk=export.pk).update(rows=rows, heard_at=clock())

    with ThreadPoolExecutor(max_workers=1) as teller:

        def told(rows: int) -> None:
            written[0] += rows
            if written[0] - written[1] >= TELL_EVERY_ROWS:
                written[1] = written[0]
                note(written[0]) if is_alone else teller.submit(note, written[0])

        try:
            yield told
        finally:
            if not is_alone:
                teller.submit(connections.close_all)


def left_behind(*, at: datetime) -> list[int]:
    """Exports that nobody writes."""
    silent = Q(state=Export.State.RUNNING, heard_at__lt=at - SILENT)
    return list(Export.objects.filter(Q(state=Export.State.WAITING) | silent).values_list("pk", flat=True))


def delete_expired(*, at: datetime) -> int:
    """Deletes the files whose time is over; says how many."""
    over = Export.objects.filter(state=Export.State.DONE, expires_at__lte=at)
    return sum(delete_file(export, by=None, at=at) for export in over)


@transaction.atomic
def delete_file(export: Export, *, by: User | None, at: datetime) -> bool:
    """The export's file is deleted; that there was one stays on record."""
    path_of(export).unlink(missing_ok=True)
    if not Export.objects.filter(pk=export.pk, state=Export.State.DONE).update(state=Export.State.GONE):
        return False
    audit.record(verb="export deleted", subject=export, by=by, at=at)
    return True


def keep_hours() -> int:
    """For how long a file can be downloaded."""
    return settings.EXPORT_KEEP_HOURS


def path_of(export: Export) -> Path:
    return settings.EXPORT_DIR / export.file_name
