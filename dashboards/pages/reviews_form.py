"""What a manager writes when an account is signed off."""

from typing import Any

from django import forms

from accounts.models import PlanOutcome, ReviewOutcome
from accounts.operations.reviews import SignOff

LONGEST_NOTE = 2_000


class ReviewForm(forms.Form):
    """A note in words, how it stands, and when its plan ends with this review, how that went."""

    note = forms.CharField(
        max_length=LONGEST_NOTE, error_messages={"required": "Say what you found. The CSM reads it."}
    )
    outcome = forms.ChoiceField(choices=ReviewOutcome.choices, initial=ReviewOutcome.ON_TRACK)
    ending = forms.ChoiceField(choices=[("", "Choose"), *PlanOutcome.choices], required=False)
    next_account = forms.IntegerField(required=False, min_value=1)
    seen = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, has_plan: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_plan = has_plan

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.has_plan and cleaned.get("outcome") == ReviewOutcome.CLOSE and not cleaned.get("ending"):
            self.add_error("ending", "Say how the plan ended.")
        return cleaned

    def signed(self, *, rules: tuple[str, ...], score_hundredths: int | None) -> SignOff:
        said = self.cleaned_data
        ending = PlanOutcome(said["ending"]) if said["ending"] else None
        return SignOff(ReviewOutcome(said["outcome"]), said["note"], rules, score_hundredths, ending)
