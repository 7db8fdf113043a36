"""The measures of usage: the three tables that hold nearly all rows."""

from datetime import timedelta

import polars as pl

from bench.floor import Files, Part, share

WINDOW = 28
WEEKS = 12


def account_days(files: Files) -> Part:
    recent = pl.col("day") >= files.first_day(WINDOW)
    was_there = pl.col("started") <= files.first_day(2 * WINDOW)
    return Part(
        files.scan("AccountDay")
        .filter(pl.col("day").is_between(files.first_day(365), files.as_of))
        .group_by("account_id")
        .agg(
            events_now=pl.col("events").filter(recent).sum(),
            events_before=pl.col("events").filter(~recent & (pl.col("day") >= files.first_day(2 * WINDOW))).sum(),
            user_days=pl.col("users").filter(recent).sum(),
            loads=pl.col("loads").filter(recent).sum(),
            failed=pl.col("failed_loads").filter(recent).sum(),
            ms=pl.col("load_ms").filter(recent).sum(),
            last_active=pl.col("day").filter(pl.col("events") > 0).max(),
        ),
        {
            "usage_trend": pl.when(was_there).then(
                share(
                    pl.col("events_now").fill_null(0) / pl.col("known"),
                    pl.col("events_before").fill_null(0) / pl.col("known_before"),
                )
            ),
            "performance_index": performance_index(),
            "days_since_login": days_since_login(files),
        },
    )


def performance_index() -> pl.Expr:
    """Share of loads that succeed × speed, which falls from 1 at a second to 0 at ten."""
    succeeded = pl.col("loads") - pl.col("failed")
    seconds = share(pl.col("ms"), succeeded * 1000).fill_null(0.0)
    return share(succeeded, pl.col("loads")) * ((10.0 - seconds) / 9.0).clip(0.0, 1.0)


def days_since_login(files: Files) -> pl.Expr:
    """Up to the last known day; who never was active counts from the start, or for a year."""
    never = pl.max_horizontal("started", pl.lit(files.first_day(365)))
    last = pl.max_horizontal("last_active", never)
    return (pl.lit(files.known.max(), pl.Date) - last).dt.total_days().clip(0).cast(pl.Float64)


def user_days(files: Files) -> Part:
    """Each user once, with the last day and the set of weeks: from these follows everything about users."""
    ago = (pl.lit(files.as_of) - pl.col("day")).dt.total_days()
    week = pl.when(ago < WEEKS * 7).then(pl.lit(2, pl.Int64).pow(WEEKS - 1 - ago // 7)).otherwise(0)
    quiet_for = (pl.lit(files.as_of) - pl.col("last")).dt.total_days()
    active = pl.when(pl.col("known").is_not_null()).then(pl.col("active").fill_null(0))
    loyalty = 1.0 - share(pl.col("quiet"), pl.col("ever"))
    return Part(
        files.scan("UserDay")
        .filter(pl.col("day").is_between(files.first_day(180), files.as_of))
        .group_by("account_id", "user_key")
        .agg(last=pl.col("day").max(), weeks=week.bitwise_or())
        .with_columns(**back_by_week(files))
        .group_by("account_id")
        .agg(ever=pl.len(), active=(quiet_for < WINDOW).sum(), quiet=(quiet_for > 30).sum(), **sums_by_week())
        .with_columns(retention=retention()),
        {
            "seat_utilisation": share(active, pl.col("seats")),
            "stickiness": share(pl.col("user_days").fill_null(0) / pl.col("known"), active),
            "loyalty_index": pl.when(pl.col("known_month").is_not_null()).then(loyalty),
            "retention_index": pl.col("retention"),
        },
    )


def back_by_week(files: Files) -> dict[str, pl.Expr]:
    """Sets of k, as bits: in which weeks after the first a user was back, and in which they could have been."""
    known = sum(2**week for week in range(WEEKS) if is_known(week, files))
    first = pl.lit(2, pl.Int64).pow(pl.col("weeks").bitwise_trailing_zeros().clip(0, WEEKS - 1))
    return {"back": (pl.col("weeks") & known) // first, "expected": known // first}


def is_known(week: int, files: Files) -> bool:
    """At least half of the days of the week."""
    last = files.first_day(1 + 7 * (WEEKS - 1 - week))
    return files.known.is_between(last - timedelta(days=6), last).sum() >= 4


def sums_by_week() -> dict[str, pl.Expr]:
    sets = ("back", "expected")
    return {f"{name}{k}": (pl.col(name) // 2**k % 2).sum() for name in sets for k in range(1, WEEKS)}


def retention() -> pl.Expr:
    """The share that is back in week k, as a mean that counts week k k times."""
    shares = [(k, share(pl.col(f"back{k}"), pl.col(f"expected{k}"))) for k in range(1, WEEKS)]
    total = pl.sum_horizontal(k * each for k, each in shares)
    weights = pl.sum_horizontal(pl.when(each.is_not_null()).then(k).otherwise(0) for k, each in shares)
    return share(total, weights)


def times(files: Files) -> Part:
    """Medians of 15 days and of the 15 before."""
    recent, seconds = pl.col("day") >= files.first_day(15), pl.col("seconds")
    both = pl.col("day").is_between(files.first_day(30), files.as_of) & seconds.is_not_null()
    return Part(
        files.scan("UserDay")
        .filter(both)
        .group_by("account_id")
        .agg(seconds=seconds.filter(recent).median(), seconds_before=seconds.filter(~recent).median()),
        {
            "duration_index": pl.col("seconds") / timedelta(hours=1).total_seconds(),
            "duration_trend": share(pl.col("seconds"), pl.col("seconds_before")),
        },
    )


def features(files: Files) -> list[Part]:
    """Key features used ÷ key features entitled, in 28 days."""
    key = files.scan("Feature").filter("is_key")
    running = (pl.col("starts_on") <= files.as_of) & (pl.col("ends_on").is_null() | (pl.col("ends_on") > files.as_of))
    entitled = (
        files.scan("Entitlement")
        .filter(running)
        .join(key, on="feature_id", how="semi")
        .select("account_id", "feature_id")
        .unique()
    )
    used = (
        files.scan("FeatureDay")
        .filter(pl.col("day").is_between(files.first_day(WINDOW), files.as_of) & (pl.col("events") > 0))
        .select("account_id", "feature_id")
        .unique()
        .join(entitled, on=["account_id", "feature_id"], how="semi")
    )
    breadth = share(pl.col("used").fill_null(0), pl.col("entitled"))
    return [
        Part(entitled.group_by("account_id").agg(entitled=pl.len()), {}),
        Part(
            used.group_by("account_id").agg(used=pl.len()),
            {"feature_breadth": pl.when(pl.col("known").is_not_null()).then(breadth)},
        ),
    ]
