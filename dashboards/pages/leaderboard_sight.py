"""Who sees the leaderboard: CS operations chooses; what is chosen is on record and taken back by the toast."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.operations.organization import set_leaderboard_sight
from dashboards.gate import UserRequest, requires

CHOICES = {"team": False, "own": True}
TOLD = {False: "A CSM sees the whole team on the leaderboard.", True: "A CSM sees only themselves on the leaderboard."}


@require_POST
@requires(Action.SET_BOARD)
def leaderboard_sight(request: UserRequest) -> HttpResponse:
    """From now on, for everybody."""
    said = request.GET if "undo" in request.GET else request.POST
    chosen = CHOICES.get(said.get("sight", ""))
    if chosen is None:
        messages.error(request, "Choose who a CSM sees: the whole team, or only themselves.")
        return redirect("leaderboard")
    try:
        before = set_leaderboard_sight(is_own_only=chosen, by=request.user, at=timezone.now())
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
        return redirect("leaderboard")
    undo = f"{reverse('leaderboard-sight')}?undo=1&sight={'own' if before else 'team'}"
    messages.success(request, TOLD[chosen], extra_tags="" if before == chosen or "undo" in request.GET else undo)
    return redirect("leaderboard")
