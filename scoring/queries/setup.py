"""How far a new installation is."""

from dataclasses import dataclass

from accounts.models import Account, Status
from scoring.models import AccountHealth, ScorecardVersion


@dataclass(frozen=True)
class Setup:
    has_scorecard: bool
    has_accounts: bool
    has_scores: bool


def setup_so_far() -> Setup:
    """What is there at all, whoever may see it."""
    return Setup(
        has_scorecard=ScorecardVersion.objects.exists(),
        has_accounts=Account.objects.filter(status=Status.ACTIVE).exists(),
        has_scores=AccountHealth.objects.exists(),
    )
