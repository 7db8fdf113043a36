"""What somebody says about a new token."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.access import Action, can
from accounts.models import Scope, Source, User
from accounts.operations.tokens import DEFAULT_DAYS, LONGEST_DAYS, LONGEST_NAME, SHORTEST_DAYS

DAYS_WORDS = f"A token works for {SHORTEST_DAYS} to {LONGEST_DAYS} days."
SCOPE_WORDS = {
    Scope.READ: "Read: what the person sees",
    Scope.WRITE: "Write: facts one by one",
    Scope.INGEST: "Ingest: facts in bulk",
    Scope.ADMIN: "Admin: all of these, and tokens",
}


class TokenForm(forms.Form):
    """Who manages tokens makes them for anybody; others for themselves, so for them there is nobody to choose."""

    name = forms.CharField(
        label="What it is for", max_length=LONGEST_NAME, error_messages={"required": "Say what the token is for."}
    )
    user = forms.ModelChoiceField(User.objects.none(), label="Whose", required=False, empty_label="Mine")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope.value, words) for scope, words in SCOPE_WORDS.items()],
        initial=[Scope.READ.value],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that the token may do."},
    )
    source = forms.ModelChoiceField(
        Source.objects.order_by("name"), label="Writes in the name of", required=False, empty_label="Any source"
    )
    days = forms.IntegerField(
        label="Works for, in days",
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        error_messages={
            "required": "Say for how many days it works.",
            "invalid": "Give a whole number of days.",
            "min_value": DAYS_WORDS,
            "max_value": DAYS_WORDS,
        },
    )

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data)
        if can(by, Action.MANAGE_TOKENS):
            chosen = self.fields["user"]
            others = User.objects.filter(is_active=True).exclude(pk=by.pk).order_by("name", "pk")
            chosen.queryset = others  # type: ignore[attr-defined]
        else:
            del self.fields["user"]

    def stated(self, *, by: User) -> dict[str, Any]:
        """As the operation takes it."""
        return {**self.cleaned_data, "user": self.cleaned_data.get("user") or by}


def state_of(*, is_working: bool, revoked_at: datetime | None) -> tuple[str, str]:
    """A word for it and its color."""
    if is_working:
        return "works", "tag--good"
    return ("revoked", "") if revoked_at else ("ended", "tag--warn")
