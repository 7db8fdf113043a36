"""What people write into a playbook: its head, and five rows for steps of which empty ones are passed over."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from accounts.access import colleagues_of
from accounts.models import StepRole, User
from accounts.models.playbooks import MOST_DUE_DAYS
from accounts.operations.plan_opening import MOST_STEPS
from accounts.operations.playbooks import PlaybookWords, StepWords
from dashboards.pages.plan_forms import Person
from scoring.core.bands import UNDEFINED
from scoring.queries.words import Words

Names = list[tuple[Any, str]]
USUAL_DUE_DAYS = (2, 5, 10, 20, 30)


def band_choices(words: Words, *, now: int | None) -> list[tuple[str, str]]:
    """The bands to aim at, the best one first; with the one that was chosen under other bands."""
    codes = words.codes(among=[] if now is None else [now])
    return [("", "No band"), *((str(code), words.band(code)) for code in codes if code != UNDEFINED)]


class HeadForm(forms.Form):
    name = forms.CharField(max_length=80, error_messages={"required": "Give the playbook a name."})
    reason = forms.CharField(
        max_length=200, label="For which risk", error_messages={"required": "Say for which risk it is."},
        help_text="The reason that a plan starts with.",
    )  # fmt: skip
    goal = forms.CharField(max_length=200, required=False, help_text="What is true when it worked.")
    target_band = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Target band")
    target_days = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_DUE_DAYS, label="Target within, in working days"
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, words: Words, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="playbook_%s", initial=dict(initial or {}))
        field = self.fields["target_band"]
        field.choices = band_choices(words, now=self.initial.get("target_band"))  # type: ignore[attr-defined]


class StepRowForm(forms.Form):
    """One step. A row without words is none."""

    text = forms.CharField(max_length=200, required=False, label="What is done")
    due_days = forms.IntegerField(
        required=False, min_value=0, max_value=MOST_DUE_DAYS, label="Due, in working days",
        error_messages={"min_value": "0 is the first day."},
    )  # fmt: skip
    role = forms.ChoiceField(choices=StepRole.choices, label="Owner", required=False)
    person = Person(queryset=User.objects.none(), required=False, label="Who", empty_label="Nobody named")
    note = forms.CharField(max_length=300, required=False)
    is_shared = forms.BooleanField(required=False, label="The customer sees it")
    is_customers_turn = forms.BooleanField(required=False, label="The customer's turn")

    def __init__(self, data: Any = None, *, people: QuerySet[User], names: Names, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        # Read once for the five rows.
        self.fields["person"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("text", "").strip():
            return said
        if said.get("due_days") is None and "due_days" not in self.errors:
            self.add_error("due_days", "Say after how many working days it is due.")
        if said.get("role") == StepRole.PERSON and not said.get("person"):
            self.add_error("person", "Name the person.")
        return said

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be shown in the row yet."""
        return not (self["text"].value() or self.errors)

    def words(self) -> StepWords | None:
        said = self.cleaned_data
        if not said["text"].strip():
            return None
        person = said["person"] if said["role"] == StepRole.PERSON else None
        return StepWords(
            text=said["text"], note=said["note"], due_days=said["due_days"], role=said["role"] or StepRole.CSM.value,
            person_id=person.pk if person else None, is_shared=said["is_shared"],
            is_customers_turn=said["is_customers_turn"],
        )  # fmt: skip


class PlaybookForm:
    """The head and the rows together."""

    def __init__(self, data: Any = None, *, user: User, words: Words, stated: PlaybookWords | None, seen: int) -> None:
        told = vars(stated) | {"seen": seen} if stated else {}
        self.head = HeadForm(data, words=words, initial=told)
        steps = stated.steps if stated else ()
        named = [step.person_id for step in steps if step.person_id]
        people = User.objects.filter(Q(pk__in=colleagues_of(user).values("pk")) | Q(pk__in=named)).order_by(
            "name", "pk"
        )
        names: Names = [("", "Nobody named"), *((person.pk, person.name) for person in people)]
        stated_steps = [*steps, *[None] * (MOST_STEPS - len(steps))]
        self.rows = [
            StepRowForm(data, people=people, names=names, prefix=f"s{place + 1}", initial=row_initial(step, place))
            for place, step in enumerate(stated_steps)
        ]

    @property
    def is_wrong(self) -> bool:
        return bool(self.head.errors or any(row.errors for row in self.rows))

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *(row.is_valid() for row in self.rows)])

    def words(self) -> PlaybookWords:
        """What the form says, once it is valid."""
        said = self.head.cleaned_data
        steps = tuple(words for row in self.rows if (words := row.words()))
        return PlaybookWords(**{name: said[name] for name in said if name != "seen"}, steps=steps)

    def refuse(self, refused: ValidationError) -> None:
        told = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
        for field, sentences in told.items():
            for sentence in sentences:
                self.head.add_error(field if field in self.head.fields else None, sentence)


def row_initial(step: StepWords | None, place: int) -> dict[str, Any]:
    if step is None:
        return {"due_days": USUAL_DUE_DAYS[place], "role": StepRole.CSM.value}
    return vars(step) | {"person": step.person_id}
