"""The demo company's own measures: a formula over built-in ones, and a rating that CS operations enters."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from accounts.demo.dates import moment
from accounts.demo.roadmap import FitStory
from accounts.models import ManualReading, User
from accounts.operations.demo import accounts_by_id
from scoring.measure import Element, Unit
from scoring.measures import Entry, Stated, define_measure, enter_readings
from scoring.models import CustomMeasure, MeasureKind, Rhythm
from scoring.queries.measures import manual_from

DEPTH, FIT = "adoption_depth", "roadmap_fit"


@transaction.atomic
def define_measures(*, by: User, at: datetime) -> None:
    """Both, each unless it is there."""
    for slug, kind, stated in (
        (DEPTH, MeasureKind.FORMULA, depth()),
        (FIT, MeasureKind.ENTERED, roadmap_fit(owner=by)),
    ):
        if not CustomMeasure.objects.filter(slug=slug).exists():
            define_measure(slug=slug, kind=kind, stated=stated, by=by, at=at)


def depth() -> Stated:
    return Stated(
        label="Depth of adoption",
        question="How much of what was bought is in daily use?",
        element=Element.ADOPTION,
        unit=Unit.SHARE,
        window="28 days",
        formula="seat_utilisation * feature_breadth",
    )


def roadmap_fit(*, owner: User) -> Stated:
    return Stated(
        label="Roadmap fit",
        question="Does the roadmap hold what they will need?",
        element=Element.SENTIMENT,
        unit=Unit.RATING,
        is_internal=True,
        owner=owner,
        rhythm=Rhythm.QUARTERLY,
        shelf_life_days=120,
        lowest=1,
        highest=5,
    )


def enter_fits(stories: list[FitStory], *, by: User) -> None:
    """The ratings of the stories, those of an account in one piece; accounts that have one are left alone."""
    manual = manual_from(CustomMeasure.objects.get(slug=FIT))
    rated = set(ManualReading.objects.filter(measure=FIT).values_list("account__external_id", flat=True))
    told: dict[str, list[FitStory]] = defaultdict(list)
    for story in stories:
        told[story.account].append(story)
    accounts = accounts_by_id()
    for name in sorted(told.keys() - rated):
        with transaction.atomic():
            for story in told[name]:
                entry = Entry(accounts[name], story.value, story.read_on)
                enter_readings(manual=manual, entries=[entry], by=by, at=moment(story.read_on))
