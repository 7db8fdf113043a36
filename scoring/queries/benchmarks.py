"""What is published of accounts like one."""

from accounts.models import Account, RollUp
from scoring.models import Benchmark


def benchmark_of(account: Account) -> Benchmark | None:
    """The figures of the account's industry and size; None for a small group. One query, whatever the group's size."""
    if account.roll_up != RollUp.OWN or not account.industry or not account.size_tier:
        return None
    groups = Benchmark.objects.filter(industry=account.industry, size_tier=account.size_tier, is_shown=True)
    return groups.defer("members").first()
