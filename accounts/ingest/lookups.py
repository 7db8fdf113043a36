"""From a source's own ids to our rows: one query per kind of id and batch, remembered for the whole run."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.utils.text import slugify

from accounts.ingest.parse.refusals import Refused
from accounts.models import Account, Contact, Contract, Feature, Segment, Source, Touchpoint, User
from accounts.queries.exchange import reporting_currency

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KnownAccount:
    pk: int
    started_on: date
    currency: str


@dataclass(frozen=True, slots=True)
class KnownContract:
    account_id: int
    starts_on: date
    ends_on: date | None


@dataclass(slots=True)
class Lookups:
    """What is known of the ids met so far; None: looked for and not there."""

    source: Source
    today: date
    accounts: dict[str, KnownAccount | None] = field(default_factory=dict)
    contracts: dict[str, KnownContract | None] = field(default_factory=dict)
    contacts: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    touchpoints: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    features: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    segments: dict[str, int] = field(default_factory=dict)
    currency: str = ""

    def load_accounts(self, ids: Iterable[str | None]) -> None:
        missing = unseen(ids, self.accounts)
        rows = Account.objects.filter(source=self.source, external_id__among=missing)
        for external_id, pk, started_on, currency in rows.values_list("external_id", "pk", "started_on", "currency"):
            self.accounts[external_id] = KnownAccount(pk, started_on, currency)

    def load_contracts(self, ids: Iterable[str | None]) -> None:
        missing = unseen(ids, self.contracts)
        rows = Contract.objects.filter(source=self.source, external_id__among=missing)
        for row in rows:
            self.contracts[row.external_id] = KnownContract(row.account_id, row.starts_on, row.ends_on)

    def load_contacts(self, ids: Iterable[str | None]) -> None:
        self.load_of_account(Contact, self.contacts, ids)

    def load_touchpoints(self, ids: Iterable[str | None]) -> None:
        self.load_of_account(Touchpoint, self.touchpoints, ids)

    def load_of_account(
        self,
        model: type[Contact] | type[Touchpoint],
        known: dict[str, tuple[int, int] | None],
        ids: Iterable[str | None],
    ) -> None:
        rows = model.objects.filter(source=self.source, external_id__among=unseen(ids, known))
        for external_id, pk, account_id in rows.values_list("external_id", "pk", "account_id"):
            known[external_id] = (pk, account_id)

    def load_features(self, names: Iterable[str | None]) -> None:
        """Features are named by the facts: one that is not there yet is made."""
        wanted = {name: feature_slug(name) for name in set(names) if name and name not in self.features}
        found = {slug: name for name, slug in wanted.items() if slug and is_kept(name)}
        if not found:
            return
        new = [Feature(slug=slug, name=name) for slug, name in sorted(found.items())]
        Feature.objects.bulk_create(new, ignore_conflicts=True)
        ids = dict(Feature.objects.filter(slug__in=found).values_list("slug", "pk"))
        self.features.update({name: ids[slug] for name, slug in wanted.items() if slug in ids})

    def load_people(self) -> None:
        if not self.users:
            self.users = {email.lower(): pk for email, pk in User.objects.values_list("email", "pk")}

    def load_segments(self) -> None:
        if not self.segments:
            self.segments = dict(Segment.objects.values_list("slug", "pk"))

    def load_currency(self) -> None:
        """What an account counts in unless it says otherwise."""
        self.currency = self.currency or reporting_currency()

    def account(self, external_id: str) -> KnownAccount:
        return self.found(self.accounts, external_id, "account")

    def contract(self, external_id: str) -> KnownContract:
        return self.found(self.contracts, external_id, "contract")

    def contact(self, external_id: str, *, column: str = "contact") -> tuple[int, int]:
        return self.found(self.contacts, external_id, "contact", column=column)

    def touchpoint(self, external_id: str) -> tuple[int, int]:
        return self.found(self.touchpoints, external_id, "touchpoint")

    def found(self, known: dict[str, T | None], external_id: str, what: str, *, column: str = "") -> T:
        if hit := known.get(external_id):
            return hit
        raise Refused(column or what, f"no {what} {external_id!r} in source {self.source.name!r}")

    def feature(self, name: str) -> int:
        if pk := self.features.get(name):
            return pk
        raise Refused("feature", "a feature's name needs a letter or digit and at most 80 characters")

    def user(self, email: str | None) -> int | None:
        return self.users.get(email.strip().lower()) if email else None


def unseen(ids: Iterable[str | None], known: dict[str, Any]) -> list[str]:
    """The ids that were not looked for before, marked as looked for."""
    missing = [external_id for external_id in set(ids) if external_id and external_id not in known]
    known.update(dict.fromkeys(missing))
    return missing


def is_kept(name: str) -> bool:
    return len(name) <= 80 and "\x00" not in name


def feature_slug(name: str) -> str:
    return slugify(name) or slugify(name, allow_unicode=True)
