"""What a manager writes when a plan is reviewed."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import MitigationPlan, PlanOutcome, ReviewOutcome, User
from accounts.operations.plans import close_plan, review_plan

LONGEST_NOTE = 2_000


class ReviewForm(forms.Form):
    """A note in words, how the plan stands, and when it ends with this review, how it went."""

    note = forms.CharField(
        max_length=LONGEST_NOTE, error_messages={"required": "Say what you found. The CSM reads it."}
    )
    outcome = forms.ChoiceField(choices=ReviewOutcome.choices, initial=ReviewOutcome.ON_TRACK)
    ending = forms.ChoiceField(choices=[("", "Choose"), *PlanOutcome.choices], required=False)
    next_plan = forms.IntegerField(required=False, min_value=1)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == ReviewOutcome.CLOSE and not cleaned.get("ending"):
            self.add_error("ending", "Say how the plan ended.")
        return cleaned

    def save(self, *, plan: MitigationPlan, by: User, at: datetime) -> bool:
        """Record the review, and close the plan where that is its outcome; a refusal becomes an error of the form."""
        said = self.cleaned_data
        try:
            with transaction.atomic():
                review_plan(plan=plan, outcome=ReviewOutcome(said["outcome"]), note=said["note"], by=by, at=at)
                if said["outcome"] == ReviewOutcome.CLOSE:
                    close_plan(plan=plan, outcome=PlanOutcome(said["ending"]), by=by, at=at)
        except ValidationError as error:
            self.add_error(None, error.messages[0])
            return False
        return True
