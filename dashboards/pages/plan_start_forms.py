"""What a plan starts with: by hand, or as a playbook fills it in and people change it before it is saved."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q

from accounts.access import colleagues_of
from accounts.models import Account, MitigationPlan, PlanOrigin, Playbook, User
from accounts.operations.plan_opening import MOST_STEPS, PlanDraft, StepDraft
from accounts.operations.plan_words import PlanWords, words_in, words_of_json
from accounts.queries.playbooks import playbooks_in_use
from dashboards.pages.plan_forms import DAY, Person, SaidForm
from dashboards.pages.playbook_forms import Names, band_choices
from scoring.queries.words import Words

ARCHIVED = "That playbook is offered no more. Choose another one."


class PlaybookField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class TargetForm(SaidForm):
    """What a plan is about: its head, as it is opened and as it is changed later."""

    reason = forms.CharField(max_length=200, label="Why", error_messages={"required": "Say why the plan is opened."})
    goal = forms.CharField(max_length=200, required=False, label="Goal", help_text="What is true when it worked.")
    owner = Person(queryset=User.objects.none(), empty_label=None)
    target_band = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Target band")
    target_date = forms.DateField(required=False, label="By", widget=DAY)

    def offer(self, words: Words, *, names: Names, people: Any) -> None:
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["owner"].choices = names  # type: ignore[attr-defined]
        field = self.fields["target_band"]
        field.choices = band_choices(words, now=self.initial.get("target_band"))  # type: ignore[attr-defined]


class StartHeadForm(TargetForm):
    playbook = PlaybookField(
        queryset=Playbook.objects.none(), required=False, empty_label="None: your own steps",
        error_messages={"invalid_choice": ARCHIVED},
    )  # fmt: skip
    origin = forms.ChoiceField(choices=PlanOrigin.choices, widget=forms.HiddenInput, required=False)
    field_order = ("playbook", "reason", "goal", "owner", "target_band", "target_date", "origin")


class StepRow(forms.Form):
    """One of the first steps. A row without words is none."""

    text = forms.CharField(max_length=200, required=False, label="What is done")
    owner = Person(queryset=User.objects.none(), required=False, empty_label=None)
    due_date = forms.DateField(required=False, label="Due", widget=DAY)
    note = forms.CharField(max_length=300, required=False)
    is_shared = forms.BooleanField(required=False, label="The customer sees this step")
    is_customers_turn = forms.BooleanField(required=False, label="It is the customer's turn")

    def __init__(self, data: Any = None, *, people: Any, names: Names, today: date, **more: Any) -> None:
        super().__init__(data, **more)
        self.today = today
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["owner"].choices = names  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("text", "").strip():
            return said
        due = said.get("due_date")
        if due is None and "due_date" not in self.errors:
            self.add_error("due_date", "Say when the step is due.")
        if due is not None and due < self.today:
            self.add_error("due_date", "A step cannot be due before today.")
        return said

    @property
    def told(self) -> str:
        """What the step is, while its row is closed; empty where it says nothing yet."""
        return str(self["text"].value() or "")

    @property
    def due(self) -> date | None:
        value = self["due_date"].value()
        try:
            return value if isinstance(value, date) else date.fromisoformat(value or "")
        except ValueError:
            return None

    def draft(self, *, otherwise: User) -> StepDraft | None:
        said = self.cleaned_data
        if not said["text"].strip():
            return None
        owner = said["owner"] or otherwise
        return StepDraft(
            text=said["text"], owner_id=owner.pk, due_date=said["due_date"], note=said["note"],
            is_shared=said["is_shared"], is_customers_turn=said["is_customers_turn"],
        )  # fmt: skip


class StartForm:
    """The head and five rows."""

    def __init__(
        self, data: Any = None, *, user: User, words: Words, today: date, head: Mapping[str, Any],
        steps: Sequence[StepDraft] = (), first_due: date, also: Collection[int] = (),
    ) -> None:  # fmt: skip
        people = User.objects.filter(Q(pk__in=colleagues_of(user).values("pk")) | Q(pk__in=also)).order_by("name", "pk")
        names: Names = [(person.pk, person.name) for person in people]
        self.head = StartHeadForm(data, auto_id="plan_%s", initial=dict(head))
        self.head.offer(words, names=names, people=people)
        self.head.fields["playbook"].queryset = playbooks_in_use()  # type: ignore[attr-defined]
        self.rows = [
            StepRow(
                data, people=people, names=names, today=today, prefix=f"s{place + 1}", auto_id="plan_%s",
                initial=row_initial(steps, place, head=head, first_due=first_due),
            )
            for place in range(MOST_STEPS)
        ]  # fmt: skip

    @property
    def is_wrong(self) -> bool:
        return bool(self.head.errors or any(row.errors for row in self.rows))

    def is_valid(self) -> bool:
        return all([self.head.is_valid(), *(row.is_valid() for row in self.rows)])

    def draft(self, account: Account, *, score: int | None) -> PlanDraft:
        """The plan that the form says, once it is valid."""
        said = self.head.cleaned_data
        rows = (row.draft(otherwise=said["owner"]) for row in self.rows)
        return PlanDraft(
            account=account,
            owner_id=said["owner"].pk,
            reason=said["reason"],
            goal=said["goal"],
            target_band=said["target_band"],
            target_date=said["target_date"],
            origin=said["origin"] or PlanOrigin.HAND.value,
            playbook_id=said["playbook"].pk if said["playbook"] else None,
            score_at_opening_hundredths=score,
            steps=tuple(step for step in rows if step),
        )


def row_initial(steps: Sequence[StepDraft], place: int, *, head: Mapping[str, Any], first_due: date) -> dict[str, Any]:
    if place < len(steps):
        return vars(steps[place]) | {"owner": steps[place].owner_id}
    return {"owner": head.get("owner"), "due_date": first_due if place == 0 else None}


class PlanEditForm(TargetForm):
    """`before` is what was read: somebody else's change since then is told, and not written over."""

    before = forms.JSONField(widget=forms.HiddenInput, required=False)

    def words(self) -> PlanWords:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        return PlanWords(
            reason=said["reason"], goal=said["goal"], owner_id=said["owner"].pk, target_band=said["target_band"],
            target_date=said["target_date"],
        )  # fmt: skip

    def read(self) -> PlanWords:
        return words_of_json(self.cleaned_data["before"])


def plan_edit_form(data: Any = None, *, plan: MitigationPlan, user: User, words: Words) -> PlanEditForm:
    """What the plan says now. Its owner may stay who they are, also where the user would not choose them."""
    now = words_in(plan)
    initial = {**vars(now), "owner": now.owner_id, "before": now.as_json()}
    form = PlanEditForm(data, auto_id="plan_%s", initial=initial)
    people = User.objects.filter(Q(pk__in=colleagues_of(user).values("pk")) | Q(pk=now.owner_id)).order_by("name", "pk")
    form.offer(words, names=[(person.pk, named(person)) for person in people], people=people)
    return form


def named(person: User) -> str:
    return person.name if person.is_active else f"{person.name} (has left)"
