"""All tables at once, on all cores, then one row per account with its 21 values."""

from datetime import date
from pathlib import Path

import polars as pl

from bench.floor import Files, Part, people, usage
from bench.floor import accounts as money


def compute(folder: Path, *, as_of: date) -> pl.DataFrame:
    """`account_id` and a column per measure, in the order of accounts; null where it is not known."""
    files = Files(folder, as_of)
    values = money.accounts(files)
    parts = parts_of(files)
    for found in pl.collect_all([part.frame for part in parts]):
        values = values.join(found, on="account_id", how="left", maintain_order="left")
    measures = {key: measure for part in parts for key, measure in part.measures.items()}
    return values.select("account_id", **dict(sorted(measures.items())))


def parts_of(files: Files) -> list[Part]:
    return [
        usage.user_days(files),
        usage.times(files),
        usage.account_days(files),
        *usage.features(files),
        people.touchpoints(files),
        people.contacts(files),
        people.rapports(files),
        people.responses(files),
        people.tickets(files),
        people.milestones(files),
        money.history(files),
        money.invoices(files),
    ]
