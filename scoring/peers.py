"""The peers of a run: for all its chunks, and for all who are scored before the next full one."""

from collections.abc import Mapping
from functools import lru_cache

from scoring.collect import pools_from_bytes
from scoring.core.peers import PeerPool
from scoring.models import ScoringRun


@lru_cache(maxsize=2)
def pools_of_run(run_id: int) -> Mapping[str, PeerPool]:
    """The peers of a run that has collected, remembered by the process: they never change again."""
    blob = ScoringRun.objects.values_list("peers", flat=True).get(pk=run_id)
    return pools_from_bytes(bytes(blob)) if blob else {}
