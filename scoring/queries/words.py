"""What the scorecards in force call their bands and flags."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db.models import Q, Subquery, Value
from django.db.models.functions import Coalesce

from scoring.cards import DEFAULT_SCOPE
from scoring.core.bands import DEFAULT_BANDS, Bands, bands_from_json
from scoring.models import UNDEFINED, ScorecardVersion, ScoringRun

UNDEFINED_NAME = "Undefined"


@dataclass(frozen=True)
class Words:
    """The default scorecard's bands, and the label of each flag by its key."""

    bands: Bands = DEFAULT_BANDS
    flags: Mapping[str, str] = field(default_factory=dict)

    def band(self, code: int) -> str:
        """The workspace's name of a band."""
        return UNDEFINED_NAME if code == UNDEFINED else self.bands.bands[code].label

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
        "scorecard__segment_id", "scorecard__phase", "bands", "flags"
    )
    bands = DEFAULT_BANDS
    flags: dict[str, str] = {}
    for segment, phase, listed, flagged in rows:
        bands = bands_from_json(listed) if (segment, phase) == DEFAULT_SCOPE else bands
        flags |= {flag["key"]: flag["label"] for flag in flagged}
    return Words(bands=bands, flags=flags)
