"""A playbook becomes the plan of an account: started by a person, or by a rule on behalf of one."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, MitigationPlan, PlanOrigin, Playbook, User
from accounts.operations.plan_opening import open_plans
from accounts.queries.playbooks import drafts_of


@transaction.atomic
def start_playbook(
    *,
    playbook: Playbook,
    account: Account,
    by: User,
    at: datetime,
    score_at_opening_hundredths: int | None = None,
    reason: str = "",
    origin: PlanOrigin = PlanOrigin.HAND,
    cause: str = "",
) -> MitigationPlan:
    """The account's plan, with the steps that the playbook has today and due in working days.

    `by` is who starts it, or whose rule does (then `origin` is RULE and `cause` says which rule and why, for the audit
    record); they own what nobody else is there for. `reason` replaces the playbook's.

    Raises ValidationError with code `plan_is_open` beside an open plan, `playbook_is_archived` for one that is.
    """
    check_in_use(playbook)
    [draft] = drafts_of(
        playbook,
        [account],
        starter=by,
        today=timezone.localtime(at).date(),
        scores={account.pk: score_at_opening_hundredths},
        reason=reason,
        origin=origin,
    )
    return open_plans(drafts=[draft], by=by, at=at, cause=cause)[0]


def check_in_use(playbook: Playbook) -> None:
    if Playbook.objects.filter(pk=playbook.pk, archived_at=None).exists():
        return
    raise ValidationError(f"The playbook {playbook.name} is archived.", code="playbook_is_archived")
