"""A pulse or an override as a form: how much, why in a category and in words, from when to when."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import PulseCategory
from dashboards import formats

DEFAULT_DAYS = 90
SHORTEST_REASON, LONGEST_REASON = 20, 2_000
STEPS = (5, 10, 15, 20, 25, 30, 40, 50)
NO_REASON = "Say why, in at least 20 characters."
DAY = forms.DateInput(attrs={"type": "date"})


class AdjustForm(forms.Form):
    """What both have in common; without a category and words neither is saved."""

    category = forms.ChoiceField(
        choices=PulseCategory.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what kind of reason."},
    )
    reason = forms.CharField(
        min_length=SHORTEST_REASON, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": NO_REASON, "min_length": NO_REASON},
    )  # fmt: skip
    starts_on = forms.DateField(label="Starts", widget=DAY, error_messages={"required": "Say from which day on."})
    ends_on = forms.DateField(label="Ends", widget=DAY, error_messages={"required": "Say until which day."})
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, today: date, seen: str = "") -> None:
        initial = {"starts_on": today, "ends_on": today + timedelta(days=DEFAULT_DAYS), "seen": seen}
        super().__init__(data, initial=initial, auto_id="adjust_%s")
        self.today = today

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        if ends_on < self.today:
            raise forms.ValidationError("The end lies today or later.")
        return ends_on

    def shared(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {name: said[name] for name in ("reason", "starts_on", "ends_on")} | {
            "category": PulseCategory(said["category"])
        }


class PulseForm(AdjustForm):
    """In steps up to what the scorecard allows."""

    percent = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Say by how much."})

    def __init__(self, data: Any = None, *, largest: float, may_raise: bool, **more: Any) -> None:
        super().__init__(data, **more)
        steps: list[float] = [step for step in STEPS if step <= largest] or [largest]
        offered = [-step for step in steps] + ([*steps] if may_raise else [])
        self.fields["percent"].choices = [  # type: ignore[attr-defined]
            (f"{Decimal(str(step)):f}", f"{formats.signed(Decimal(str(step)))}%") for step in offered
        ]

    def values(self) -> dict[str, Any]:
        return {"percent": Decimal(self.cleaned_data["percent"]), **self.shared()}


class OverrideForm(AdjustForm):
    score = forms.DecimalField(
        min_value=0, max_value=100, decimal_places=2, label="Score, 0 to 100",
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "Give a score from 0 to 100."),
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        return {"score_hundredths": int(self.cleaned_data["score"] * 100), **self.shared()}
