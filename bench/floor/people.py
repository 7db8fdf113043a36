"""The measures of meetings, people, answers, tickets and milestones."""

from datetime import datetime, time, timedelta

import polars as pl

from bench.floor import Files, Part, share

PERSONAS = 4


def touchpoints(files: Files) -> Part:
    held, recent = pl.col("state") == "held", pl.col("day") >= files.first_day(90)
    lived = ((pl.lit(files.as_of) - pl.col("started")).dt.total_days() + 1).clip(0, 90)
    expected = pl.when(lived >= pl.col("touchpoint_days")).then(lived / pl.col("touchpoint_days"))
    cadence = share(pl.col("held").fill_null(0), expected)
    months = whole_months(pl.coalesce("last_ebr", "started"), files)
    return Part(
        files.scan("Touchpoint")
        .filter(pl.col("day") <= files.as_of)
        .group_by("account_id")
        .agg(
            held=(held & recent).sum(),
            last_ebr=pl.col("day").filter(held & (pl.col("kind") == "ebr")).max(),
        ),
        {
            "touchpoint_cadence": files.if_recorded("Touchpoint", "day", cadence),
            "months_since_ebr": files.if_recorded("Touchpoint", "day", months),
        },
    )


def whole_months(start: pl.Expr, files: Files) -> pl.Expr:
    """Calendar months that are over; a month of fewer days ends with its last."""
    end = files.as_of
    months = (end.year - start.dt.year()) * 12 + end.month - start.dt.month().cast(pl.Int32)
    last_of_month = ((end.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    is_over = pl.min_horizontal(start.dt.day(), pl.lit(last_of_month)) <= end.day
    return (months - pl.when(is_over).then(0).otherwise(1)).cast(pl.Float64)


def contacts(files: Files) -> Part:
    known = (pl.col("known_from") <= files.as_of) & (pl.col("persona") != "")
    return Part(
        files.scan("Contact")
        .filter(known & is_there(files))
        .group_by("account_id")
        .agg(personas=pl.col("persona").n_unique()),
        {"persona_coverage": pl.col("personas").fill_null(0) / float(PERSONAS)},
    )


def is_there(files: Files) -> pl.Expr:
    return pl.col("left_on").is_null() | (pl.col("left_on") > files.as_of)


def rapports(files: Files) -> Part:
    """The newest rating of each contact: the day, then the row, then the rating itself packed into one number."""
    rated = pl.col("rated_on").to_physical().cast(pl.Int64)
    packed = rated * 2**36 + pl.col("row").cast(pl.Int64) * 8 + pl.col("rating")
    newest = (
        files.scan("Rapport")
        .filter(pl.col("rated_on") <= files.as_of)
        .with_row_index("row")
        .group_by("contact_id")
        .agg(rating=packed.max() % 8)
    )
    people = files.scan("Contact").filter(is_there(files)).select("account_id", contact_id="id", persona="persona")
    weight = pl.when(pl.col("persona") == "decision_maker").then(2.0).otherwise(1.0)
    by_persona = newest.join(people, on="contact_id").group_by("account_id", "persona").agg(pl.col("rating").mean())
    return Part(
        by_persona.with_columns(weight=weight)
        .group_by("account_id")
        .agg(rapport=(pl.col("rating") * pl.col("weight")).sum() / pl.col("weight").sum()),
        {"rapport": pl.col("rapport")},
    )


def responses(files: Files) -> Part:
    nps, csat, score = pl.col("kind") == "nps", pl.col("kind") == "csat", pl.col("score")
    promoters, detractors = (nps & (score >= 9)).sum().cast(pl.Int64), (nps & (score <= 6)).sum().cast(pl.Int64)
    return Part(
        files.scan("SurveyResponse")
        .filter(pl.col("answered_on").is_between(files.first_day(180), files.as_of))
        .group_by("account_id")
        .agg(
            nps=100.0 * (promoters - detractors) / nps.sum(),
            csat_answers=csat.sum(),
            csat_sum=score.filter(csat).sum(),
        ),
        {"nps": pl.when(pl.col("nps").is_finite()).then(pl.col("nps"))},
    )


def tickets(files: Files) -> Part:
    """As they stood at the end of the day."""
    end = datetime.combine(files.as_of + timedelta(days=1), time())
    still_open = pl.col("closed_at").is_null() | (pl.col("closed_at") >= end)
    rated = (pl.col("closed_at") < end) & (pl.col("closed_at") >= end - timedelta(days=180))
    unresolved = pl.col("unresolved").fill_null(0)
    satisfaction = pl.col("csat_sum").fill_null(0) + pl.col("rated_sum").fill_null(0)
    return Part(
        files.scan("Ticket")
        .filter(pl.col("opened_at") < end)
        .group_by("account_id")
        .agg(
            unresolved=(still_open & (pl.col("opened_at") < end - timedelta(days=7))).sum(),
            rated=(rated & pl.col("satisfaction").is_not_null()).sum(),
            rated_sum=pl.col("satisfaction").filter(rated).sum(),
        ),
        {
            "tickets_unresolved": files.if_recorded("Ticket", "opened_at", share(100 * unresolved, pl.col("seats"))),
            "csat": share(satisfaction, pl.col("csat_answers").fill_null(0) + pl.col("rated").fill_null(0)),
        },
    )


def milestones(files: Files) -> Part:
    reached = (pl.col("kind") == "first_value") & (pl.col("reached_on") <= files.as_of)
    until = pl.coalesce("first_value", pl.lit(files.as_of))
    return Part(
        files.scan("Milestone").filter(reached).group_by("account_id").agg(first_value=pl.col("reached_on").min()),
        {"time_to_first_value": (until - pl.col("started")).dt.total_days().clip(0).cast(pl.Float64)},
    )
