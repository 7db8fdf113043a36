"""The synthetic company as Parquet files: the same rows that the database gets, one file per table."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars

from accounts.demo.synthetic.company import FEATURES, KEY_FEATURES, RATES, SEGMENTS, Columns, Company
from accounts.demo.synthetic.usage import Habits, use_on
from accounts.operations.synthetic import facts_of

USAGE = ("UserDay", "FeatureDay", "AccountDay")


def export(company: Company, *, folder: Path) -> None:
    """Writes all tables; files of the same company that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    told = repr((company.accounts, company.days, company.seed, company.as_of))
    if done.exists() and done.read_text() == told:
        return
    for name, frame in frames(company):
        frame.write_parquet(folder / f"{name}.parquet", compression="lz4", row_group_size=250_000)
    done.write_text(told)


def frames(company: Company) -> Iterable[tuple[str, polars.DataFrame]]:
    yield from frame_tables(company)
    facts: dict[str, list[polars.DataFrame]] = {}
    for batch in company.batches():
        for name, columns in facts_of(batch):
            facts.setdefault(name, []).append(frame_of(columns))
    yield from ((name, polars.concat(parts, how="vertical_relaxed")) for name, parts in facts.items())
    del facts
    for name in USAGE:
        yield name, usage_frame(company, name)


def usage_frame(company: Company, name: str) -> polars.DataFrame:
    """One table of days, oldest first, as nights would have brought them."""
    habits = Habits(company)
    days = (use_on(habits, day) for day in company.known_days)
    tables = {"UserDay": "user_days", "FeatureDay": "feature_days", "AccountDay": "account_days"}
    return polars.concat([frame_of(getattr(day, tables[name])()) for day in days])


def frame_of(columns: Columns) -> polars.DataFrame:
    return polars.DataFrame({name: series(column) for name, column in columns.items()}, strict=False)


def series(column: Any) -> polars.Series:
    if isinstance(column, np.ma.MaskedArray):
        return polars.Series(column.tolist(), dtype=polars.Int64)
    if isinstance(column, np.ndarray) and column.dtype.kind == "S":
        return polars.Series(column.astype(str))
    if isinstance(column, np.ndarray) and column.dtype.str.endswith("M8[s]"):
        return polars.Series(column.astype("datetime64[us]"))
    return polars.Series(column)


def frame_tables(company: Company) -> Iterable[tuple[str, polars.DataFrame]]:
    """What stands around the accounts."""
    yield "KnownDay", polars.DataFrame({"day": company.known_days, "has_users": [True] * len(company.known_days)})
    yield (
        "Segment",
        polars.DataFrame(
            {
                "segment_id": company.keys.segments,
                "ebr_months": [plan.ebr_months for plan in SEGMENTS],
                "touchpoint_days": [plan.touchpoint_days for plan in SEGMENTS],
            }
        ),
    )
    is_key = [n < KEY_FEATURES for n in range(len(FEATURES))]
    yield "Feature", polars.DataFrame({"feature_id": company.keys.features, "is_key": is_key})
    rates = [(currency, valid_from, float(rate)) for currency, dated in RATES.items() for valid_from, rate in dated]
    yield "ExchangeRate", polars.DataFrame(rates, schema=["currency", "valid_from", "rate"], orient="row")
