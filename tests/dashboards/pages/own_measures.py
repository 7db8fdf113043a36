"""Custom measures in a few words, for tests of pages."""

from datetime import date

from accounts.models import Account, User
from scoring.measures import Entry, Stated, define_measure, enter_readings
from scoring.models import CustomMeasure, MeasureKind
from scoring.queries.measures import manual_of
from tests.conftest import NOW, TODAY


def define_fit(by: User) -> CustomMeasure:
    """Product fit, 1 to 5, entered monthly by each CSM."""
    stated = Stated(
        label="Product fit", question="Does it fit?", unit="of 5", shelf_life_days=45, rhythm="monthly", lowest=1,
        highest=5,
    )  # fmt: skip
    return define_measure(slug="fit", kind=MeasureKind.ENTERED, stated=stated, by=by, at=NOW)


def formula(slug: str, text: str, ops: User, **said: object) -> CustomMeasure:
    """A formula measure, called like its key."""
    stated = Stated(label=slug.capitalize(), question="Well?", formula=text, **said)
    return define_measure(slug=slug, kind=MeasureKind.FORMULA, stated=stated, by=ops, at=NOW)


def enter(account: Account, value: float, *, on: date = TODAY, by: User) -> None:
    """A value of the product fit."""
    enter_readings(manual=manual_of("fit"), entries=[Entry(account, value, on)], by=by, at=NOW)
