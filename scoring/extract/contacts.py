"""The contacts of the accounts in scope → arrays, read once for all that is asked of them.

Shapes: C contacts in the order of their ids; A accounts.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from django.db.models import QuerySet

from accounts.models import Contact, Persona
from scoring.core.arrays import Bools, Floats, Ints
from scoring.extract.plans import Named
from scoring.extract.scope import BY_ID, SPARSE, Scope
from scoring.extract.words import place_in

PERSONAS = [persona.value for persona in Persona]


@dataclass(frozen=True)
class Known:
    """Whom we knew by the day, also who has left since."""

    ids: Ints
    places: Ints  # of their accounts in the scope
    personas: Ints  # place in PERSONAS, -1 for none
    left: Floats  # ordinal, NaN for who did not leave


@dataclass(frozen=True)
class Contacts:
    scope: Scope

    @cached_property
    def known(self) -> Known:
        places, ids, personas, left = self.scope.read(
            Named("contacts", self.rows), "pk", "persona_code", "left_on", days=("left_on",)
        )
        order = np.argsort(ids)
        return Known(
            ids=ids[order].astype(np.int64),
            places=places[order],
            personas=personas[order].astype(np.int64),
            left=left[order],
        )

    def rows(self) -> QuerySet[Contact]:
        known = Contact.objects.filter(known_from__lte=self.scope.seen)
        return known.annotate(persona_code=place_in("persona", PERSONAS))

    @cached_property
    def are_there(self) -> Bools:
        """Who is there at the end of the day (C,)."""
        return np.asarray(np.isnan(self.known.left) | (self.known.left > self.scope.seen.toordinal()))

    def have(self, who: Bools) -> Bools:
        """(A, personas): is one of these contacts (C,) of that persona?"""
        found = np.zeros((self.scope.size, len(PERSONAS)), dtype=bool)
        named = who & (self.known.personas >= 0)
        found[self.known.places[named], self.known.personas[named]] = True
        return found

    def find(self, ids: Floats) -> tuple[Ints, Bools]:
        """The row of each of these ids, and whether it is one of these contacts at all."""
        if not len(self.known.ids):
            return np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids), dtype=bool)
        rows = np.minimum(np.searchsorted(self.known.ids, ids), len(self.known.ids) - 1)
        return rows, self.known.ids[rows] == ids

    def read(self, about: Named, *names: str, days: tuple[str, ...] = ()) -> tuple[Ints, list[Floats]]:
        """Columns of rows with a `contact_id`: the row of each one's contact (R,), and the columns."""
        ids, *columns = self.columns_of(about, "contact_id", *names, days=days)
        rows, is_ours = self.find(ids)
        return rows[is_ours], [column[is_ours] for column in columns]

    def columns_of(self, about: Named, *names: str, days: tuple[str, ...]) -> tuple[Floats, ...]:
        """By the ids of the contacts where these lie close together, which needs no join; else by their accounts."""
        ids = self.known.ids
        if self.scope.asked is not None or not len(ids) or self.are_scattered:
            return self.scope.columns_of(about, *names, days=days, column="contact__account_id")
        return replace(self.scope, account_ids=ids).columns_of(about, *names, days=days, column="contact_id")

    @property
    def are_scattered(self) -> bool:
        ids = self.known.ids
        return len(ids) > BY_ID and bool(ids[-1] - ids[0] >= len(ids) * SPARSE)
