"""What the accounts are on the day, from their history; the measures of money that follow from it."""

from datetime import date

import polars as pl

from bench.floor import Files, Part, share


def accounts(files: Files) -> pl.DataFrame:
    """The accounts that are active on the day, with what the measures of all tables need of them."""
    states = (
        in_force(files, files.as_of)
        .filter(pl.col("status") == "active")
        .join(files.scan("Account").select(account_id="id", started="started_on"), on="account_id")
        .filter(pl.col("started") <= files.as_of)
        .join(files.scan("Segment"), on="segment_id", how="left")
        .join(rates(files), on="currency", how="left")
        .select(
            "account_id",
            "started",
            "touchpoint_days",
            pl.col("seats").cast(pl.Float64).replace(0, None),
            cents=pl.col("arr") * 100 * pl.col("rate"),
        )
        .sort("account_id")
        .collect()
    )
    return states.with_columns(**known_days(files, states["started"]))


def in_force(files: Files, day: date | pl.Expr) -> pl.LazyFrame:
    """The newest row of each account's history on a day. Rows are in the order of accounts and days."""
    return (
        files.scan("AccountHistory")
        .filter(pl.col("valid_from") <= day)
        .group_by("account_id")
        .last()
    )  # fmt: skip


def rates(files: Files) -> pl.LazyFrame:
    """The rate of each currency on the day."""
    dated = files.scan("ExchangeRate").filter(pl.col("valid_from") <= files.as_of).sort("valid_from")
    reporting = pl.LazyFrame({"currency": ["USD"], "rate": [1.0]})
    return pl.concat([dated.group_by("currency", maintain_order=True).last().select("currency", "rate"), reporting])


def known_days(files: Files, started: pl.Series) -> dict[str, pl.Series]:
    """Known days of the last 28, of the 28 before and of 31, per account; unknown where under half of them are."""
    return {
        "known": counted(files, started, windows_back=0),
        "known_before": counted(files, started, windows_back=1),
        "known_month": counted(files, started, windows_back=0, window=31),
    }


def counted(files: Files, started: pl.Series, *, windows_back: int, window: int = 28) -> pl.Series:
    last = files.first_day(1 + windows_back * window)
    days = files.known.filter(files.known.is_between(files.first_day((windows_back + 1) * window), last))
    count = len(days) - days.search_sorted(started)
    lived = ((pl.lit(last) - started).dt.total_days() + 1).clip(1, window)
    frame = pl.DataFrame({"count": count.cast(pl.Float64)})
    is_enough = pl.col("count") >= pl.max_horizontal(lived * 0.5, 1.0)
    return frame.select(pl.when(is_enough).then(pl.col("count"))).to_series()


def history(files: Files) -> Part:
    """ARR against that of a year before, at today's rates."""
    year_before = pl.lit(files.as_of).dt.offset_by("-1y")
    then = in_force(files, year_before).join(rates(files), on="currency", how="left")
    return Part(
        then.select("account_id", cents_then=pl.col("arr") * 100 * pl.col("rate")),
        {"arr_change": share(pl.col("cents"), pl.col("cents_then"))},
    )


def invoices(files: Files) -> Part:
    """What is late at the end of the day."""
    is_late = (pl.col("due_on") < files.as_of) & (pl.col("paid_on").is_null() | (pl.col("paid_on") > files.as_of))
    late = files.scan("Invoice").filter(is_late & (pl.col("issued_on") <= files.as_of))
    late_by = (pl.lit(files.as_of) - pl.col("oldest")).dt.total_days().fill_null(0).cast(pl.Float64)
    arr = pl.col("cents")
    owed = (pl.col("amount") * 100 * pl.col("rate")).sum()
    return Part(
        late.join(rates(files), on="currency", how="left")
        .group_by("account_id")
        .agg(oldest=pl.col("due_on").min(), owed=owed),
        {
            "days_overdue": files.if_recorded("Invoice", "issued_on", late_by),
            "overdue_share": files.if_recorded("Invoice", "issued_on", share(pl.col("owed").fill_null(0.0), arr)),
        },
    )
