"""What people say of scores: disagreement by scorecard and by measure, and each check."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Count, QuerySet

from accounts.models import User
from scoring import catalog
from scoring.cards import Card, card_of
from scoring.custom import read_once
from scoring.models import ScorecardItem, ScorecardVersion, SpotCheck, Verdict

Row = TypeVar("Row", "OfCard", "OfMeasure")


@dataclass
class Tally:
    """How many checks said what."""

    agree: int = 0
    too_high: int = 0
    too_low: int = 0

    def add(self, verdict: str, count: int) -> None:
        setattr(self, verdict, getattr(self, verdict) + count)

    @property
    def disagree(self) -> int:
        return self.too_high + self.too_low

    @property
    def checks(self) -> int:
        return self.agree + self.disagree

    @property
    def share(self) -> float:
        """Of the checks those that disagree; 0 where there are none."""
        return self.disagree / self.checks if self.checks else 0.0


@dataclass(frozen=True)
class OfCard:
    name: str
    number: int
    slug: str
    tally: Tally


@dataclass(frozen=True)
class OfMeasure:
    """How often a measure was named as the one that is off, of the checks of scores to which it contributes."""

    key: str
    label: str
    tally: Tally  # `agree`: the checks that name no measure, or another
    cards: tuple[str, ...]


@dataclass(frozen=True)
class Disagreement:
    cards: list[OfCard]
    measures: list[OfMeasure]
    total: Tally = field(default_factory=Tally)


def checks_since(since: datetime | None) -> QuerySet[SpotCheck]:
    return SpotCheck.objects.filter(recorded_at__gte=since) if since else SpotCheck.objects.all()


@read_once()
def disagreement(*, since: datetime | None) -> Disagreement:
    """By version of a card and by measure, the most disputed first. Four queries, however many checks there are."""
    grouped = checks_since(since).values_list("version", "verdict", "measure").annotate(n=Count("pk")).order_by()
    rows = [(int(version), str(verdict), str(measure), int(n)) for version, verdict, measure, n in grouped]
    versions = ScorecardVersion.objects.select_related("scorecard").in_bulk({version for version, *_ in rows})
    total, cards = Tally(), defaultdict[int, Tally](Tally)
    for version, verdict, _, n in rows:
        cards[version].add(verdict, n)
        total.add(verdict, n)
    return Disagreement(
        cards=in_order([of_card(versions[pk], tally) for pk, tally in cards.items()]),
        measures=in_order(of_measures(rows, versions)),
        total=total,
    )


def of_card(version: ScorecardVersion, tally: Tally) -> OfCard:
    return OfCard(version.scorecard.name, version.number, version.scorecard.slug, tally)


def of_measures(rows: Collection[tuple[int, str, str, int]], versions: dict[int, ScorecardVersion]) -> list[OfMeasure]:
    """A check counts for each measure of its card: as a dispute where it names it, else as none."""
    weighed: dict[int, list[str]] = defaultdict(list)
    for version, key in ScorecardItem.objects.filter(version__in=versions).values_list("version", "measure"):
        weighed[version].append(key)
    tallies, cards = defaultdict[str, Tally](Tally), defaultdict[str, set[str]](set)
    for version, verdict, named, n in rows:
        for key in weighed[version]:
            tallies[key].add(verdict if key == named else Verdict.AGREE, n)
            cards[key].add(versions[version].scorecard.name)
    return [
        OfMeasure(key, catalog.measure(key).label, tally, tuple(sorted(cards[key]))) for key, tally in tallies.items()
    ]


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-row.tally.share, -row.tally.disagree, -row.tally.checks))


def checks_in_full(*, since: datetime | None) -> QuerySet[SpotCheck]:
    """Each check with its account, author and card, the newest first."""
    found = checks_since(since).select_related("account", "author", "version__scorecard")
    return found.order_by("-recorded_at", "-pk")


def own_check(user: User, *, account_id: int, today: date) -> SpotCheck | None:
    """What the user said of the account this month."""
    return SpotCheck.objects.filter(author=user, account=account_id, month=today.replace(day=1)).first()


def card_in_force(version_id: int) -> Card:
    """The card of a version, with its measures."""
    version = ScorecardVersion.objects.select_related("scorecard__segment").prefetch_related("items")
    return card_of(version.get(pk=version_id))
