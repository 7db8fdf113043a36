"""Databases of benchmarks, beside the configured one and of the same kind."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models
from django.utils import timezone

from accounts.demo.synthetic.company import Company
from accounts.models import AuditEntry
from bench.company import load_company
from scoring import models as scoring
from scoring.models import Scorecard, ScorecardItem, ScorecardVersion

ROOT = Path(__file__).resolve().parent.parent
# What the loaded company depends on.
SOURCES = (
    "accounts/demo/synthetic/*.py", "accounts/operations/synthetic.py", "accounts/months.py", "bench/cards/*.toml",
)  # fmt: skip
LOADED = "loaded bench company"
KEPT = (Scorecard, ScorecardVersion, ScorecardItem)


@contextmanager
def empty_database() -> Iterator[None]:
    """Made with all tables, used by everything inside the block, and dropped. On SQLite it is a file, not memory."""
    name = name_for("empty")
    with using(name):
        make(name)
        try:
            yield
        finally:
            connection.close()
            drop(name)


@contextmanager
def company_database(company: Company) -> Iterator[None]:
    """A database with the company and without scores. It is kept while the generator stays the same."""
    name = name_for(str(company.accounts))
    mark = fingerprint(company)
    with using(name):
        if not is_loaded(name, mark):
            make(name)
            load_company(company)
            AuditEntry.objects.create(at=timezone.now(), verb=LOADED, subject="company", detail={"mark": mark})
            settle()
        forget_scores()
        yield


def name_for(purpose: str) -> str:
    configured = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return str(settings.VAR_DIR / f"bench_{purpose}.sqlite3")
    return f"{configured}_bench_{purpose}"


@contextmanager
def using(name: str) -> Iterator[None]:
    """Inside the block every query goes to the named database."""
    configured = connection.settings_dict["NAME"]
    # Laid aside, not closed: a database in memory is gone with its last connection.
    open_one, connection.connection = connection.connection, None
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"], connection.connection = configured, open_one


def make(name: str) -> None:
    """A new database with all tables, in place of one that may be there."""
    connection.close()
    drop(name)
    if connection.vendor != "sqlite":
        administer(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    call_command("migrate", verbosity=0)


def drop(name: str) -> None:
    if connection.vendor == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(name + ending).unlink(missing_ok=True)
    else:
        administer(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


def administer(sql: str) -> None:
    """PostgreSQL: a statement about databases, from outside of ours."""
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(sql)


def is_loaded(name: str, mark: str) -> bool:
    """Whether the company is there; its tables are brought up to date, as an installation's are."""
    if not exists(name):
        return False
    call_command("migrate", verbosity=0)
    return AuditEntry.objects.filter(verb=LOADED, detail__mark=mark).exists()


def exists(name: str) -> bool:
    if connection.vendor == "sqlite":
        return Path(name).exists()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def fingerprint(company: Company) -> str:
    """Changes when the company would be loaded otherwise."""
    told = hashlib.sha256(repr((company.accounts, company.days, company.seed, company.as_of)).encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            told.update(path.read_bytes())
    return told.hexdigest()


def forget_scores() -> None:
    """Empties everything that scoring wrote."""
    tables = [model._meta.db_table for model in results()]
    statements = connection.ops.sql_flush(no_style(), tables, reset_sequences=False, allow_cascade=True)
    connection.ops.execute_sql_flush(statements)


def results() -> list[type[models.Model]]:
    """The models of scoring that runs write: all but those that say how to score."""
    known = (getattr(scoring, name) for name in scoring.__all__)
    found = [model for model in known if isinstance(model, type) and issubclass(model, models.Model)]
    return [model for model in found if model not in KEPT and refers_to_a_run(model)]


def refers_to_a_run(model: type[models.Model]) -> bool:
    pointing = {scoring.ScoringRun, scoring.DailySummary}
    return model in pointing or any(field.related_model is scoring.ScoringRun for field in model._meta.fields)


def settle() -> None:
    """What a database does by itself in a quiet minute: statistics, and which pages are all visible."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def address() -> str:
    """The present database as DATABASE_URL: for processes that are started."""
    about = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{about['NAME']}"
    user, password = quote(about["USER"], safe=""), quote(about["PASSWORD"], safe="")
    who = f"{user}:{password}@" if user else ""
    port = f":{about['PORT']}" if about["PORT"] else ""
    return f"postgres://{who}{about['HOST']}{port}/{quote(about['NAME'], safe='')}"


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.began = perf_counter()

    @property
    def seconds(self) -> float:
        return perf_counter() - self.began
