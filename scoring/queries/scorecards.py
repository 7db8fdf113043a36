"""Scorecards as pages list them: their versions with the days on which each applies, and their accounts."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Prefetch, QuerySet

from accounts.models import Account, Phase, Segment, Status
from scoring.cards import PHASES, Cards, Scope
from scoring.content import CardFile, card_of_version
from scoring.differences import differences
from scoring.models import BEGINNING, Scorecard, ScorecardDraft, ScorecardVersion

SOON_DAYS = 28


@dataclass(frozen=True)
class Published:
    """A version with its place in the card's history; `last_day` is None while no later one is published."""

    version: ScorecardVersion
    before: ScorecardVersion | None
    last_day: date | None

    @property
    def never_applied(self) -> bool:
        """Whether the next version began on the same day."""
        return self.last_day is not None and self.last_day < self.version.effective_from

    @property
    def is_from_beginning(self) -> bool:
        """Whether it applies to all of history, as the shipped cards do."""
        return self.version.effective_from <= BEGINNING

    def is_live(self, today: date) -> bool:
        is_over = self.last_day is not None and self.last_day < today
        return self.version.effective_from <= today and not is_over

    @cached_property
    def stated(self) -> CardFile:
        return card_of_version(self.version)

    @cached_property
    def changes(self) -> list[str]:
        """What it changed, in words; nothing for the first."""
        return differences(card_of_version(self.before), self.stated) if self.before else []

    @property
    def days_after(self) -> int | None:
        """How many days it began after the version before it."""
        return (self.version.effective_from - self.before.effective_from).days if self.before else None

    @property
    def is_soon(self) -> bool:
        return self.days_after is not None and self.days_after < SOON_DAYS


@dataclass(frozen=True)
class CardHistory:
    """A scorecard with all of its versions, the newest first, and its open draft."""

    card: Scorecard
    published: tuple[Published, ...]

    @property
    def draft(self) -> ScorecardDraft | None:
        return getattr(self.card, "draft", None)

    @property
    def newest(self) -> Published | None:
        return self.published[0] if self.published else None

    @property
    def scope(self) -> Scope:
        return self.card.segment_id, self.card.phase

    def live(self, today: date) -> Published | None:
        return next((one for one in self.published if one.is_live(today)), None)

    def scheduled(self, today: date) -> Published | None:
        """The next version that begins later."""
        later = [one for one in self.published if one.version.effective_from > today and not one.never_applied]
        return later[-1] if later else None

    def numbered(self, number: int) -> Published | None:
        return next((one for one in self.published if one.version.number == number), None)


def card_histories() -> list[CardHistory]:
    """All cards, the default first, then those of segments in their order, then those of phases. Three queries."""
    cards = scorecards_in_full().order_by("segment__position", "segment__name", "slug")
    return sorted((history_of(card) for card in cards), key=lambda history: place_of(history.card))


def place_of(card: Scorecard) -> tuple[int, int]:
    if card.segment_id is not None:
        return 1, 0
    return (2, PHASES.index(card.phase)) if card.phase else (0, 0)


def card_history(slug: str) -> CardHistory | None:
    """One card by its slug."""
    card = scorecards_in_full().filter(slug=slug).first()
    return history_of(card) if card else None


def scorecards_in_full() -> QuerySet[Scorecard]:
    versions = ScorecardVersion.objects.order_by("number").select_related("author", "scorecard__segment")
    cards = Scorecard.objects.select_related("segment", "draft__author", "draft__changed_by", "draft__based_on")
    return cards.prefetch_related(Prefetch("versions", versions.prefetch_related("items")))


def history_of(card: Scorecard) -> CardHistory:
    """Each version ends the day before the next one begins."""
    versions = list(card.versions.all())
    ends = [None, *versions, None]
    triples = zip(versions, ends, ends[2:], strict=False)
    found = [Published(version, before, last_day_before(after)) for version, before, after in triples]
    return CardHistory(card=card, published=tuple(reversed(found)))


def last_day_before(after: ScorecardVersion | None) -> date | None:
    return after.effective_from - timedelta(days=1) if after else None


def accounts_per_scope(cards: Cards, accounts: QuerySet[Account]) -> Counter[Scope]:
    """To how many of the active accounts each card applies now. One query."""
    counted = accounts.filter(status=Status.ACTIVE).order_by().values_list("segment_id", "phase")
    found: Counter[Scope] = Counter()
    for segment, phase, number in counted.annotate(number=Count("pk")):
        card = cards.card(-1 if segment is None else segment, PHASES.index(phase))
        found[card.scope] += number
    return found


def free_scopes() -> tuple[list[Segment], list[Phase]]:
    """The segments and phases that have no card of their own yet. Two queries."""
    segments = Segment.objects.filter(scorecard=None).order_by("position", "name")
    taken = set(Scorecard.objects.exclude(phase="").values_list("phase", flat=True))
    return list(segments), [phase for phase in Phase if phase.value not in taken]
