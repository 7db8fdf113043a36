"""What the scorecards in force call their bands and flags."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce

from scoring.cards import DEFAULT_SCOPE
from scoring.core.bands import (
    ABOVE,
    BELOW,
    DEFAULT_BANDS,
    DEFINED,
    MODERATE,
    STRONG,
    UNDEFINED,
    WEAK,
    Bands,
    bands_from_json,
)
from scoring.models import BEGINNING, ScorecardVersion, ScoringRun

UNDEFINED_NAME = "Undefined"
USUAL_NAMES = {
    ABOVE: "Excellent", STRONG: "Strong", MODERATE: "Moderate", WEAK: "Weak", BELOW: "Critical",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """The default scorecard's bands, and the label of each flag by its key.

    `former` are the last names of bands that it no longer has; on the days of `banded_on` its bands became others.
    """

    bands: Bands = DEFAULT_BANDS
    flags: Mapping[str, str] = field(default_factory=dict)
    former: Mapping[int, str] = field(default_factory=dict)
    banded_on: tuple[date, ...] = ()

    def band(self, code: int) -> str:
        """The workspace's name of a band; of one that it no longer has, the last name that it had."""
        if code == UNDEFINED:
            return UNDEFINED_NAME
        found = self.bands.by_code.get(code)
        return found.label if found else self.former.get(code) or USUAL_NAMES[code]

    def codes(self, *, among: Iterable[int] = ()) -> tuple[int, ...]:
        """All bands in their order, Undefined last; with those that only what is shown still knows."""
        there = {*self.bands.codes, *among}
        return (*(code for code in DEFINED if code in there), UNDEFINED)

    @property
    def at_risk(self) -> str:
        """What the bands at risk are called together: Weak; Weak or Critical."""
        return " or ".join(self.band(code) for code in self.bands.at_risk)

    def flag(self, key: str) -> str:
        """The label of a flag; one that no card knows any more is told by its key."""
        return self.flags.get(key) or key.replace("_", " ").capitalize()


_remembered: ContextVar[list[Words] | None] = ContextVar("words", default=None)


@contextmanager
def words_remembered() -> Iterator[None]:
    """While this lasts (a request, say) the words are read once."""
    token = _remembered.set([])
    try:
        yield
    finally:
        _remembered.reset(token)


def words_of_scorecards() -> Words:
    """The words that go with the newest scores. Before any card is published, the default bands."""
    kept = _remembered.get()
    if kept:
        return kept[0]
    found = read_words()
    if kept is not None:
        kept.append(found)
    return found


def read_words() -> Words:
    """In one query: of each card the newest version that has begun by the last scored day counts, or the first one."""
    scored = ScoringRun.objects.filter(state=ScoringRun.State.DONE).order_by("-as_of").values("as_of")[:1]
    versions = ScorecardVersion.objects.annotate(has_begun=Q(effective_from__lte=Subquery(scored)))
    # What has not begun comes first, so that what has takes its place.
    rows = versions.order_by(Coalesce("has_begun", Value(True)), "effective_from", "number").values_list(
        "scorecard__segment_id", "scorecard__phase", "effective_from", "has_begun", "bands", "flags"
    )
    default: list[tuple[date, bool, Bands]] = []
    flags: dict[str, str] = {}
    for segment, phase, begins, has_begun, listed, flagged in rows:
        flags |= {flag["key"]: flag["label"] for flag in flagged}
        if (segment, phase) == DEFAULT_SCOPE:
            default.append((begins, has_begun is not False, bands_from_json(listed)))
    return words_of(default, flags)


def words_of(default: Sequence[tuple[date, bool, Bands]], flags: Mapping[str, str]) -> Words:
    """From the default card's versions, those in force before the one that counts: the first day, whether it came."""
    if not default:
        return Words(flags=flags)
    begun = [(day, bands) for day, has_begun, bands in default if has_begun] or [(BEGINNING, default[-1][2])]
    former = {code: band.label for _, bands in begun for code, band in bands.by_code.items()}
    pairs = zip(begun, begun[1:], strict=False)
    changed = tuple(day for (_, old), (day, new) in pairs if ranges_of(old) != ranges_of(new))
    return Words(bands=begun[-1][1], flags=flags, former=former, banded_on=changed)


def ranges_of(bands: Bands) -> list[int]:
    return [band.low for band in bands.bands]
