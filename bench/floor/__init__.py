"""The floor: the 21 measures of the bench cards, by polars over Parquet files, with no database.

Nothing that reads the same facts in Python can be much faster, so a full run is measured in multiples of it. It reads
and computes the values; it does not score, explain or write. A test holds its values against the engine's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

NO_TIME = timedelta(0)


@dataclass(frozen=True)
class Files:
    """The Parquet files of a company, and the day as of which they are read."""

    folder: Path
    as_of: date

    def scan(self, table: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.folder / f"{table}.parquet")

    def first_day(self, window_days: int) -> date:
        return self.as_of - timedelta(days=window_days - 1)

    def if_recorded(self, table: str, day: str, value: pl.Expr) -> pl.Expr:
        """The value, where anybody's row of a year shows that this kind of fact is recorded."""
        rows = self.scan(table).select(pl.col(day).cast(pl.Date)).filter(pl.col(day) <= self.as_of)
        newest = rows.max().collect().item()
        return value if newest and newest >= self.first_day(365) else pl.lit(None, pl.Float64)

    @cached_property
    def known(self) -> pl.Series:
        """Known days of the last 180, in order; in these files users are named on all of them."""
        days = self.scan("KnownDay").filter(pl.col("day").is_between(self.first_day(180), self.as_of))
        return days.collect()["day"].unique().sort()


@dataclass(frozen=True)
class Part:
    """A frame of one row per account that has any, and the measures that follow from it and the accounts' columns."""

    frame: pl.LazyFrame
    measures: Mapping[str, pl.Expr]


def share(above: pl.Expr, below: pl.Expr | float) -> pl.Expr:
    """A division in which nothing over zero is known."""
    quotient = above / below
    return pl.when(quotient.is_finite()).then(quotient)
