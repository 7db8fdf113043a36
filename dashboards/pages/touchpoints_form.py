"""What is said about a touchpoint on our pages; only its kind, its account and its day are required."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from accounts.access import Action, can, colleagues_of
from accounts.models import Account, CancelledBy, Contact, Survey, Touchpoint, TouchpointKind, TouchpointState, User
from accounts.operations.touchpoints import LONGEST_MINUTES, Meeting, wished_for
from accounts.queries.asking import surveys_after_touchpoints
from accounts.queries.touchpoints import contacts_there

LONGEST_NOTE = 4_000
# Held and planned, and by whom it was cancelled, in one choice.
OUTCOMES = {
    "held": ("Held", TouchpointState.HELD, ""),
    "planned": ("Planned", TouchpointState.PLANNED, ""),
    "customer": ("Cancelled by the customer", TouchpointState.CANCELLED, CancelledBy.CUSTOMER),
    "us": ("Cancelled by us", TouchpointState.CANCELLED, CancelledBy.US),
}
# Where a refusal of the operation belongs among the fields.
FIELDS = {"state": "outcome", "cancelled_by": "outcome", "begins_at": "time", "survey_id": "survey"}
DAY = forms.DateInput(attrs={"type": "date"})


class People(forms.ModelMultipleChoiceField):
    """Names to be ticked; one that is gone meanwhile is left out."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)

    def clean(self, value: Any) -> QuerySet[Any]:
        wanted = [key for key in value or () if str(key).isdecimal()]
        return self.queryset.filter(pk__in=wanted)  # type: ignore[union-attr]


class Host(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class AfterIt(forms.ModelChoiceField):
    """A survey, and after which kinds it asks by itself."""

    def label_from_instance(self, obj: Any) -> str:
        kinds = ", ".join(TouchpointKind(kind).label for kind in obj.after_kinds)
        return f"{obj.name} (by itself after {kinds})" if kinds else str(obj.name)


class TouchpointForm(forms.Form):
    """`account` is None while it is not chosen: then there are no contacts to tick."""

    kind = forms.ChoiceField(choices=TouchpointKind.choices, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label="How it stands", choices=[(key, words[0]) for key, words in OUTCOMES.items()], widget=forms.RadioSelect
    )
    day = forms.DateField(label="Day", widget=DAY, error_messages={"required": "Say on which day."})
    time = forms.TimeField(required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(
        required=False, min_value=1, max_value=LONGEST_MINUTES,
        error_messages=dict.fromkeys(("min_value", "max_value"), "A touchpoint takes 1 to 1,440 minutes."),
    )  # fmt: skip
    contacts = People(queryset=Contact.objects.none(), required=False)
    colleagues = People(queryset=User.objects.none(), required=False)
    host = Host(queryset=User.objects.none(), required=False, empty_label="Nobody named")
    survey = AfterIt(queryset=Survey.objects.none(), required=False, empty_label="No survey")
    note = forms.CharField(required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3}))
    replied_on = forms.DateField(label="Answered on", required=False, widget=DAY)
    next_kind = forms.ChoiceField(label="Kind", choices=TouchpointKind.choices, required=False)
    next_day = forms.DateField(label="Day", required=False, widget=DAY)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    seen = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, user: User, account: Account | None, today: date,
        also: Touchpoint | None = None, initial: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, auto_id="touchpoint_%s", initial=initial)
        self.today = today
        people = colleagues_of(user).order_by("name", "pk")
        self.fields["colleagues"].queryset = people  # type: ignore[attr-defined]
        self.fields["host"].queryset = people  # type: ignore[attr-defined]
        self.offer_surveys(user)
        if account is not None:
            self.fields["contacts"].queryset = contacts_there(account, today=today, also=also)  # type: ignore[attr-defined]

    def offer_surveys(self, user: User) -> None:
        """Where there is none, or the user may not ask, none is offered."""
        surveys = surveys_after_touchpoints()
        if can(user, Action.SEND_SURVEYS) and surveys.exists():
            self.fields["survey"].queryset = surveys  # type: ignore[attr-defined]
        else:
            del self.fields["survey"]

    def clean_next_day(self) -> date | None:
        following: date | None = self.cleaned_data["next_day"]
        if following and following < self.today:
            raise ValidationError("The next one lies today or later.")
        return following

    def meeting(self) -> Meeting:
        """What was said, of a form that is valid."""
        said = self.cleaned_data
        _, state, cancelled_by = OUTCOMES[said["outcome"]]
        return Meeting(
            kind=TouchpointKind(said["kind"]),
            state=state,
            cancelled_by=cancelled_by,
            day=said["day"],
            begins_at=moment(said["day"], said["time"]) if said["time"] else None,
            minutes=said["minutes"],
            replied_on=said["replied_on"],
            host_id=said["host"].pk if said["host"] else None,
            note=said["note"],
            contacts=[contact.pk for contact in said["contacts"]],
            colleagues=[user.pk for user in said["colleagues"]],
            survey_id=said["survey"].pk if said.get("survey") else None,
        )

    def next_one(self) -> Meeting | None:
        """The one that is planned with it, where a day is named."""
        said = self.cleaned_data
        if not said["next_day"]:
            return None
        kind = TouchpointKind(said["next_kind"] or said["kind"])
        host_id = said["host"].pk if said["host"] else None
        return Meeting(kind=kind, state=TouchpointState.PLANNED, day=said["next_day"], host_id=host_id)

    def refuse(self, problems: dict[str, list[str]]) -> None:
        """What the operation refused, at the fields that it is about."""
        for name, sentences in problems.items():
            field = FIELDS.get(name, name)
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)


def moment(day: date, time: Any) -> datetime:
    """That time of the day in the organization's zone."""
    return datetime.combine(day, time, tzinfo=timezone.get_default_timezone())


def new_form(
    *, user: User, account: Account | None, kind: str, outcome: str, today: date, contacts: Collection[str] = ()
) -> TouchpointForm:
    initial = {
        "kind": kind if kind in TouchpointKind.values else TouchpointKind.CALL,
        "outcome": outcome if outcome in OUTCOMES else "held",
        "day": today,
        "contacts": [key for key in contacts if key.isdecimal()],
        "host": user.pk,
        "key": uuid4().hex,
    }
    return TouchpointForm(user=user, account=account, today=today, initial=initial)


def form_of(touchpoint: Touchpoint, *, user: User, today: date) -> TouchpointForm:
    """What the touchpoint says now."""
    begins = timezone.localtime(touchpoint.begins_at) if touchpoint.begins_at else None
    initial = {
        "kind": touchpoint.kind,
        "outcome": touchpoint.cancelled_by or ("us" if touchpoint.state == "cancelled" else touchpoint.state),
        "day": touchpoint.day,
        "time": begins.time() if begins else None,
        "minutes": touchpoint.minutes,
        "contacts": list(touchpoint.contacts.values_list("pk", flat=True)),
        "colleagues": list(touchpoint.colleagues.values_list("pk", flat=True)),
        "host": touchpoint.host_id,
        "note": touchpoint.note,
        "replied_on": touchpoint.replied_on,
        "survey": wished_for(touchpoint),
        "key": touchpoint.external_id[:60],
        "seen": touchpoint.recorded_at.isoformat(),
    }
    return TouchpointForm(user=user, account=touchpoint.account, today=today, also=touchpoint, initial=initial)
