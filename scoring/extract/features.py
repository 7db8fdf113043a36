"""Which key features an account paid for and uses → arrays. Shapes: A accounts by the key features."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models import Q, QuerySet

from accounts.models import Entitlement, Feature
from scoring.core.arrays import Floats, Ints, divide
from scoring.extract.attributes import Attributes
from scoring.extract.ledger import Known
from scoring.extract.months import Records, highest_day, records_of
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared

WINDOW = 28
FEATURE_WINDOW = 90


@dataclass(frozen=True)
class Features:
    scope: Scope
    attributes: Attributes
    known: Known

    @cached_property
    def records(self) -> Records:
        """The account's features of 90 days, with the days on which each was in use."""
        first = self.scope.first_day(window_days=FEATURE_WINDOW)
        return records_of(self.scope, "features", first=first, last=self.scope.as_of, started=self.attributes.started)

    @cached_property
    def key_features(self) -> Ints:
        keys = shared("key features", lambda: sorted(Feature.objects.filter(is_key=True).values_list("pk", flat=True)))
        return np.array(keys, dtype=np.int64)

    @cached_property
    def last_used(self) -> Floats:
        """(A, key features): ordinal of the last day of use in 90 days; NaN where there was none."""
        days = self.records.days_within(self.scope.first_day(window_days=FEATURE_WINDOW), self.scope.as_of)
        feature = self.records["feature"].astype(np.int64)
        columns_of = np.searchsorted(self.key_features, feature)
        ours = np.isin(feature, self.key_features) & (days > 0)
        found = np.full((self.scope.size, len(self.key_features)), -np.inf)
        last = highest_day(days, self.records.month_starts)
        np.maximum.at(found, (self.records.places[ours], columns_of[ours]), last[ours])
        return np.where(np.isinf(found), np.nan, found)

    @cached_property
    def entitled_since(self) -> Floats:
        """(A, key features): the day from which it is paid for, NaN where it is not.

        Where nobody records entitlements, all are entitled to all from their start.
        """
        shape = (self.scope.size, len(self.key_features))
        if not self.scope.is_any("entitlements", lambda: Entitlement.objects.filter(starts_on__lte=self.scope.seen)):
            return np.broadcast_to(self.attributes.started[:, np.newaxis], shape)
        running = Named("entitlements", self.running)
        places, features, starts = self.scope.read(running, "feature_id", "starts_on", days=("starts_on",))
        found = np.full(shape, np.inf)
        np.minimum.at(found, (places, np.searchsorted(self.key_features, features)), starts)
        return np.where(np.isinf(found), np.nan, found)

    def running(self) -> QuerySet[Entitlement]:
        is_running = Q(starts_on__lte=self.scope.seen) & (Q(ends_on=None) | Q(ends_on__gt=self.scope.as_of))
        return Entitlement.objects.filter(is_running, feature__in=self.key_features.tolist())

    def breadth(self) -> Floats:
        """Key features used in 28 days ÷ key features entitled.

        Source: the scoring contract. Breadth is how much is used, depth how often.
        """
        known = ~np.isnan(self.known.days(last=self.scope.as_of, window_days=WINDOW))
        entitled = ~np.isnan(self.entitled_since)
        used = self.last_used >= self.scope.first_day(window_days=WINDOW).toordinal()
        return np.where(known, divide((used & entitled).sum(axis=1), entitled.sum(axis=1)), np.nan)

    def days_unused(self) -> Floats:
        """The most days for which a key feature that was in use, and is paid for, has not been; NaN without one.

        Source: the scoring contract. Counted to the last known day, over 90 days: what was not used at all in them is
        a matter of breadth.
        """
        used = np.where(np.isnan(self.entitled_since), np.nan, self.last_used)
        oldest = np.fmin.reduce(used, axis=1, initial=np.inf)
        return np.where(np.isinf(oldest), np.nan, np.maximum(self.known.last_day - oldest, 0.0))
