"""What the scorecards in force call their bands and flags."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.core.bands import DEFAULT_BANDS, Bands, bands_from_json
from scoring.models import UNDEFINED, ScorecardVersion

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


def words_of_scorecards() -> Words:
    """In one query: of each scorecard the newest version counts. Before any is published, the default bands."""
    versions = ScorecardVersion.objects.order_by("effective_from", "number")
    bands = DEFAULT_BANDS
    flags: dict[str, str] = {}
    for segment, listed, flagged in versions.values_list("scorecard__segment_id", "bands", "flags"):
        bands = bands_from_json(listed) if segment is None else bands
        flags |= {flag["key"]: flag["label"] for flag in flagged}
    return Words(bands=bands, flags=flags)
