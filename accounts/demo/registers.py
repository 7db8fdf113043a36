"""What other systems count and the CSMs rate each quarter: seats given out, the app's rating, four subjects."""

from datetime import date, timedelta

from accounts.demo import chance
from accounts.demo.commerce import Term, seats_on
from accounts.demo.dates import DAY, month_starts, workday
from accounts.demo.life import Life
from accounts.demo.voice import SUBJECT_WARMTH
from accounts.ingest.records import ReadingRecord

MONTHLY_SHELF_DAYS, QUARTERLY_SHELF_DAYS = 45, 120
APP = "mobile-capture"


def register_records(life: Life, terms: tuple[Term, ...]) -> list[ReadingRecord]:
    """Of accounts of which anything is heard at all."""
    if life.cast.story.key == "silent_gap":
        return []
    return [*assigned_seats(life, terms), *app_ratings(life), *subject_ratings(life)]


def reading(life: Life, measure: str, value: float, day: date, *, shelf_days: int) -> ReadingRecord:
    return ReadingRecord(
        external_id=f"{life.cast.external_id}-{measure}-{day:%Y%m}",
        account=life.cast.external_id,
        measure=measure,
        value=value,
        read_on=day,
        expires_on=day + timedelta(days=shelf_days),
    )


def months(life: Life, *, every: int) -> list[date]:
    """The first working day of every so many months, from the second month on."""
    days = [workday(month + DAY) for month in month_starts(life.first_day, life.last_day)]
    return [day for day in days[1::every] if life.first_day <= day <= life.last_day]


def assigned_seats(life: Life, terms: tuple[Term, ...]) -> list[ReadingRecord]:
    """Most seats are given to somebody soon; the rest as people find it useful."""
    rng, records = life.stream("assigned seats"), []
    for day in months(life, every=1):
        share = min(0.55 + 0.5 * life.at(day) + float(rng.normal(0, 0.03)), 1.0)
        seats = seats_on(terms, day)
        if seats:
            value = float(round(seats * share))
            records.append(reading(life, "assigned_seats", value, day, shelf_days=MONTHLY_SHELF_DAYS))
    return records


def app_ratings(life: Life) -> list[ReadingRecord]:
    """How the people of an account that has the app rate it."""
    if APP not in life.cast.features:
        return []
    rng = life.stream("app ratings")
    rated = [(day, 2.6 + 2.2 * life.at(day) + float(rng.normal(0, 0.2))) for day in months(life, every=3)]
    return [
        reading(life, "rating_index", round(min(max(value, 1.0), 5.0), 1), day, shelf_days=QUARTERLY_SHELF_DAYS)
        for day, value in rated
    ]


def subject_ratings(life: Life) -> list[ReadingRecord]:
    """The CSM rates each subject once a quarter; now and then one is left out."""
    rng, records = life.stream("subject ratings"), []
    for day in months(life, every=3):
        for subject, warmth in SUBJECT_WARMTH.items():
            value = round(1.2 + 4.0 * life.at(day - timedelta(days=20)) + warmth + float(rng.normal(0, 0.5)))
            if chance.happens(rng, 0.85):
                rating = float(min(max(value, 1), 5))
                key = f"{subject}_sentiment"
                records.append(reading(life, key, rating, day, shelf_days=QUARTERLY_SHELF_DAYS))
    return records
