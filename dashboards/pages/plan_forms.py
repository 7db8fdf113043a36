"""What people say about a plan: why it is opened, its steps, how it ended."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.access import colleagues_of
from accounts.models import PlanOutcome, PlanStep, StepState, User
from accounts.operations.steps import LONGEST_REASON, StepWords

DAY = forms.DateInput(attrs={"type": "date"})
USUAL_DAYS = 7


class Person(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class SaidForm(forms.Form):
    """A form that takes what an operation refuses at the fields that it is about."""

    def refuse(self, refused: ValidationError) -> None:
        told = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
        for field, sentences in told.items():
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)

    def choose_among(self, people: QuerySet[User]) -> None:
        self.fields["owner"].queryset = people.order_by("name", "pk")  # type: ignore[attr-defined]


class StepForm(SaidForm):
    text = forms.CharField(max_length=200, label="What is done", error_messages={"required": "Say what is to be done."})
    owner = Person(queryset=User.objects.none(), empty_label=None)
    due_date = forms.DateField(label="Due", widget=DAY, error_messages={"required": "Say when it is due."})
    note = forms.CharField(max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    is_shared = forms.BooleanField(required=False, label="The customer sees this step")
    is_customers_turn = forms.BooleanField(required=False, label="It is the customer's turn")

    def __init__(self, data: Any = None, *, user: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="step_%s", initial=initial)
        self.choose_among(colleagues_of(user))


class StepEditForm(StepForm):
    """`before` fields are what was read: somebody else's change since then is told, and not written over."""

    state = forms.ChoiceField(choices=StepState.choices, widget=forms.RadioSelect, label="How it stands")
    reason = forms.CharField(max_length=LONGEST_REASON, required=False, label="Why it is due later")
    # An empty one is told as a whole too: nobody sees what is said at a hidden field.
    before = forms.JSONField(widget=forms.HiddenInput, required=False)

    field_order = ("state", "text", "owner", "due_date", "reason", "note")

    def words(self) -> StepWords:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        return StepWords(
            text=said["text"], note=said["note"], owner_id=said["owner"].pk, due_date=said["due_date"],
            state=said["state"], is_shared=said["is_shared"], is_customers_turn=said["is_customers_turn"],
        )  # fmt: skip

    def read(self) -> StepWords:
        """What was read. Raises ValidationError for what no page of ours writes."""
        try:
            said = self.cleaned_data["before"]
            return StepWords(**said | {"due_date": date.fromisoformat(said["due_date"])})
        except (KeyError, TypeError, ValueError):
            raise ValidationError("Open the step again: this page is not one of ours.") from None


class CloseForm(SaidForm):
    outcome = forms.ChoiceField(
        choices=PlanOutcome.choices, widget=forms.RadioSelect, label="How it ended",
        error_messages={"required": "Say how the plan ended."},
    )  # fmt: skip
    note = forms.CharField(
        label="What came of it", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In a sentence or two, for who meets this risk next.",
    )  # fmt: skip


def step_form(*, user: User, owner_id: int, today: date) -> StepForm:
    return StepForm(user=user, initial={"owner": owner_id, "due_date": today + timedelta(days=USUAL_DAYS)})


def edit_form(step: PlanStep, words: StepWords, *, user: User) -> StepEditForm:
    """What the step says now."""
    initial = {**vars(words), "owner": words.owner_id, "before": words.as_json()}
    return StepEditForm(user=user, initial=initial)
