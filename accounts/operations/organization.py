"""The company that runs healthapp, its segments, its product's features and the rates that it counts with."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit, touches
from accounts.models import ExchangeRate, Feature, Organization, Segment, User


@transaction.atomic
def set_up_organization(*, name: str, reporting_currency: str, by: User | None, at: datetime) -> Organization:
    """The one organization, made where it is missing."""
    organization, is_new = Organization.objects.get_or_create(
        pk=1, defaults={"name": name, "reporting_currency": reporting_currency}
    )
    if is_new:
        touches.touch_all(at=at)
        audit.record(verb="organization set up", subject=organization, by=by, at=at, name=name)
    return organization


@transaction.atomic
def make_segment(
    *,
    slug: str,
    name: str,
    position: int,
    ebr_cadence_months: int,
    touchpoint_cadence_days: int,
    kind_cadences: dict[str, int],
    by: User | None,
    at: datetime,
) -> Segment:
    """The segment of that slug, made where it is missing."""
    segment, is_new = Segment.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "position": position,
            "ebr_cadence_months": ebr_cadence_months,
            "touchpoint_cadence_days": touchpoint_cadence_days,
            "kind_cadences": kind_cadences,
        },
    )
    if is_new:
        touches.touch_all(at=at)
        audit.record(verb="segment made", subject=segment, by=by, at=at, slug=slug)
    return segment


@transaction.atomic
def make_feature(*, slug: str, name: str, is_key: bool, by: User | None, at: datetime) -> Feature:
    """The feature of that slug, made where it is missing."""
    feature, is_new = Feature.objects.get_or_create(slug=slug, defaults={"name": name, "is_key": is_key})
    if is_new:
        touches.touch_all(at=at)
        audit.record(verb="feature made", subject=feature, by=by, at=at, slug=slug)
    return feature


@transaction.atomic
def set_exchange_rate(*, currency: str, valid_from: date, rate: Decimal, by: User | None, at: datetime) -> ExchangeRate:
    """What one unit of the currency is worth from that day on."""
    former = (
        ExchangeRate.objects.filter(currency=currency, valid_from=valid_from).values_list("rate", flat=True).first()
    )
    found, _ = ExchangeRate.objects.update_or_create(currency=currency, valid_from=valid_from, defaults={"rate": rate})
    touches.touch_all(at=at)
    if former != rate:
        audit.record(
            verb="rate set", subject=found, by=by, at=at, currency=currency, valid_from=valid_from.isoformat(),
            before=None if former is None else str(former), now=str(rate),
        )  # fmt: skip
    return found


@transaction.atomic
def set_leaderboard_sight(*, is_own_only: bool, by: User, at: datetime) -> bool:
    """Whether CSMs see only themselves on the leaderboard. Says what held before."""
    found = Organization.objects.select_for_update().filter(pk=1).first()
    if found is None:
        raise ValidationError("Set up the organization first.")
    before, found.is_leaderboard_own_only = found.is_leaderboard_own_only, is_own_only
    found.save(update_fields=["is_leaderboard_own_only"])
    audit.record(
        verb="leaderboard sight set", subject=found, by=by, at=at,
        before={"is_own_only": before}, now={"is_own_only": is_own_only},
    )  # fmt: skip
    return before
