"""The measures of usage: the three tables that hold nearly all rows."""

from datetime import timedelta

import polars as pl

from bench.floor import Files, Part, share

WINDOW = 28


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
            errors=pl.col("errors").filter(recent).sum(),
            last_active=pl.col("day").filter(pl.col("events") > 0).max(),
        ),
        {
            "usage_trend": pl.when(was_there).then(
                share(
                    pl.col("events_now").fill_null(0) / pl.col("known"),
                    pl.col("events_before").fill_null(0) / pl.col("known_before"),
                )
            ),
            "error_share": pl.when(pl.col("known").is_not_null()).then(share(pl.col("errors"), pl.col("events_now"))),
            "days_since_login": days_since_login(files),
        },
    )


def days_since_login(files: Files) -> pl.Expr:
    """Up to the last known day; who never was active counts from the start, or for a year."""
    never = pl.max_horizontal("started", pl.lit(files.first_day(365)))
    last = pl.max_horizontal("last_active", never)
    return (pl.lit(files.known.max()) - last).dt.total_days().clip(0).cast(pl.Float64)


def user_days(files: Files) -> Part:
    """Each user's last day says whether they were active in a window, whichever it is."""
    ago = (pl.lit(files.as_of) - pl.col("last")).dt.total_days()
    active = pl.when(pl.col("known").is_not_null()).then(pl.col("active").fill_null(0))
    return Part(
        files.scan("UserDay")
        .filter(pl.col("day").is_between(files.first_day(180), files.as_of))
        .group_by("account_id", "user_key")
        .agg(last=pl.col("day").max())
        .group_by("account_id")
        .agg(ever=pl.len(), active=(ago < WINDOW).sum(), quiet=(ago > 30).sum()),
        {
            "seat_utilisation": share(active, pl.col("seats")),
            "stickiness": share(pl.col("user_days").fill_null(0) / pl.col("known"), active),
            "loyalty_index": 1.0 - share(pl.col("quiet"), pl.col("ever")),
        },
    )


def times(files: Files) -> Part:
    recent = pl.col("day").is_between(files.first_day(15), files.as_of) & pl.col("seconds").is_not_null()
    return Part(
        files.scan("UserDay").filter(recent).group_by("account_id").agg(seconds=pl.col("seconds").median()),
        {"duration_index": pl.col("seconds") / timedelta(hours=1).total_seconds()},
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
