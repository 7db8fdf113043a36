"""What operations writes when a measure is defined or changed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.access import Action, users_who_can
from accounts.models import User
from scoring.catalog import Element
from scoring.core.formula_text import MAX_LENGTH
from scoring.core.formulas import BadFormula
from scoring.measures import LONGEST_SHELF_LIFE, UNITS, Stated, change_measure, define_measure
from scoring.models import CustomMeasure, MeasureKind, Rhythm

OF_READINGS = ("owner", "rhythm", "shelf_life_days", "lowest", "highest")
DIRECTIONS = (("higher", "Higher is better"), ("lower", "Lower is better"))
SIGNALS = (("leading", "Leading: it moves before the outcome"), ("lagging", "Lagging: it tells what has happened"))


class MeasureForm(forms.Form):
    """One form for the three kinds; what a kind does not have is not in it."""

    label = forms.CharField(max_length=80, label="Name", error_messages={"required": "Give it a name."})
    slug = forms.CharField(max_length=50, required=False, label="Key")
    question = forms.CharField(
        max_length=120, label="Question", error_messages={"required": "Say how a customer should read it."}
    )
    formula = forms.CharField(
        max_length=MAX_LENGTH, error_messages={"required": "Write a formula."}, widget=forms.Textarea
    )
    element = forms.ChoiceField(choices=[(e.value, e.capitalize()) for e in Element], initial=Element.CUSTOM)
    unit = forms.ChoiceField(choices=[(unit.value, unit.value) for unit in UNITS], initial="count")
    window = forms.CharField(max_length=60, required=False, label="Window, in words")
    direction = forms.ChoiceField(choices=DIRECTIONS, initial="higher")
    signal = forms.ChoiceField(choices=SIGNALS, initial="leading")
    is_internal = forms.BooleanField(required=False, label="No customer sees it, not even its points")
    owner = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Each account's CSM")
    rhythm = forms.ChoiceField(choices=Rhythm.choices, initial=Rhythm.MONTHLY)
    shelf_life_days = forms.IntegerField(
        label="Good for, in days",
        min_value=1,
        max_value=LONGEST_SHELF_LIFE,
        initial=45,
        error_messages={"required": "Say for how many days a value is good."},
    )
    lowest = forms.FloatField(required=False, label="Lowest value")
    highest = forms.FloatField(required=False, label="Highest value")
    reason = forms.CharField(max_length=300, required=False, label="Reason for the change")

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: MeasureKind, measure: CustomMeasure | None = None
    ) -> None:
        super().__init__(data, initial=initial(measure, kind=kind))
        self.kind, self.measure = kind, measure
        self.bad_formula: BadFormula | None = None
        left_out = OF_READINGS if kind == MeasureKind.FORMULA else ("formula",)
        for name in (*left_out, "slug" if measure else "reason"):
            del self.fields[name]
        owner = self.fields.get("owner")
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = users_who_can(Action.ENTER_READINGS).order_by("name")

    def stated(self) -> Stated:
        """What the form says, without the key and the reason."""
        said = dict(self.cleaned_data)
        said.pop("slug", None)
        said.pop("reason", None)
        is_higher_better, is_leading = said.pop("direction") == "higher", said.pop("signal") == "leading"
        return Stated(**said, is_higher_better=is_higher_better, is_leading=is_leading)

    def save(self, *, by: User, at: datetime) -> CustomMeasure | None:
        """The measure; a refusal becomes an error of its field, and there is none."""
        try:
            if self.measure:
                reason = self.cleaned_data["reason"]
                return change_measure(measure=self.measure, stated=self.stated(), reason=reason, by=by, at=at)
            slug = self.cleaned_data["slug"] or slug_from(self.cleaned_data["label"])
            return define_measure(slug=slug, kind=self.kind, stated=self.stated(), by=by, at=at)
        except BadFormula as error:
            self.bad_formula = error
            self.add_error("formula", error.reason)
        except ValidationError as error:
            self.add_error(None, error)
        return None


def initial(measure: CustomMeasure | None, *, kind: MeasureKind) -> dict[str, Any]:
    """What the fields show at first: the measure as it is, or what suits the kind."""
    if measure is None:
        return {"is_internal": kind == MeasureKind.ENTERED}
    said = {name: getattr(measure, name) for name in Stated.__dataclass_fields__}
    return {
        **said,
        "direction": "higher" if measure.is_higher_better else "lower",
        "signal": "leading" if measure.is_leading else "lagging",
    }


def slug_from(label: str) -> str:
    """A key from a name: Executive rating → executive_rating."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_").lstrip("0123456789_")[:50]
