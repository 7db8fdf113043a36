"""The form of a rule: one set of fields for each kind of condition, and who is told how."""

from collections.abc import Callable
from typing import Any, cast

from django import forms

from accounts.access import Action, can
from accounts.models import Playbook, Segment, Team, User
from accounts.queries.playbooks import playbooks_in_use
from scoring.alerts.conditions import (
    ABOVE,
    BELOW,
    BETTER,
    FELL,
    INTO,
    LONGEST_DAYS,
    LONGEST_RENEWAL_DAYS,
    PERCENT,
    ROSE,
    WORSE,
)
from scoring.alerts.operations import LONGEST_DUE_DAYS, Said
from scoring.catalog import measure, offered
from scoring.models import AlertKind, AlertRule, AlertScope, AlertTarget, MailPace
from scoring.queries.words import words_of_scorecards

Field = forms.Field
DIRECTIONS = ((BELOW, "goes below"), (ABOVE, "goes above"))
MOVES = ((FELL, "falls"), (ROSE, "rises"))


def days_field(longest: int, label: str, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=longest, initial=initial)


def band_fields() -> dict[str, Field]:
    words = words_of_scorecards()
    bands = [(f"{INTO}:{code}", f"into {words.band(code)}") for code in words.codes()]
    choices = [(WORSE, "into a worse band"), (BETTER, "into a better band"), *bands]
    return {"move": forms.ChoiceField(label="Its band moves", choices=choices)}


def score_fields() -> dict[str, Field]:
    return {
        "direction": forms.ChoiceField(label="Its score", choices=MOVES),
        "points": forms.IntegerField(
            label="by so many points", min_value=1, max_value=100, initial=10, help_text="Of the 100 points of a score."
        ),
        "days": days_field(LONGEST_DAYS, "within so many days", 30),
    }


def flag_fields() -> dict[str, Field]:
    flags = sorted(words_of_scorecards().flags.items(), key=lambda pair: pair[1])
    return {"flag": forms.ChoiceField(label="It gets", choices=[("", "any flag"), *flags], required=False)}


def measure_fields() -> dict[str, Field]:
    listed = sorted(((each.key, each.label) for each in offered()), key=lambda pair: pair[1].lower())
    return {
        "measure": forms.ChoiceField(label="Measure", choices=listed),
        "direction": forms.ChoiceField(label="when it", choices=DIRECTIONS),
        "value": forms.FloatField(label="this value", help_text="Shares and ratios in percent: 60 is 60%."),
    }


def renewal_fields() -> dict[str, Field]:
    return {"days": days_field(LONGEST_RENEWAL_DAYS, "It renews within so many days", 90)}


FIELDS: dict[AlertKind, Callable[[], dict[str, Field]]] = {
    AlertKind.BAND: band_fields,
    AlertKind.SCORE: score_fields,
    AlertKind.FLAG: flag_fields,
    AlertKind.MEASURE: measure_fields,
    AlertKind.RENEWAL: renewal_fields,
    AlertKind.SILENCE: dict,
}


class RuleForm(forms.Form):
    """What somebody says about a rule of one kind."""

    name = forms.CharField(
        max_length=80, help_text="It stands above the alerts.", error_messages={"required": "Give the rule a name."}
    )
    scope = forms.ChoiceField(label="Of which accounts", choices=AlertScope.choices)
    segment = forms.ModelChoiceField(Segment.objects.order_by("position", "name"), required=False, empty_label="–")
    team = forms.ModelChoiceField(Team.objects.order_by("name"), required=False, empty_label="–")
    tells_me = forms.BooleanField(label="Me", required=False, initial=True)
    tells_owners = forms.BooleanField(label="The account's owner", required=False)
    tells_managers = forms.BooleanField(label="The manager of the owner's team", required=False)
    mail = forms.ChoiceField(label="Mail", choices=MailPace.choices, initial=MailPace.NOW)
    due_days = forms.IntegerField(
        label="As a task, due within … days", required=False, min_value=0, max_value=LONGEST_DUE_DAYS,
        help_text="Empty: a notice, not a task.",
    )  # fmt: skip
    targets = forms.ModelMultipleChoiceField(
        AlertTarget.objects.filter(dropped_at=None).order_by("name"), required=False, label="Also to",
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    playbook = forms.ModelChoiceField(
        Playbook.objects.none(), required=False, label="Start the playbook", empty_label="None",
        help_text="For accounts without an open plan. Steps go to whom the playbook names, due in working days.",
    )  # fmt: skip
    writes_contacts = forms.BooleanField(label="Write to the account’s contacts who allow it", required=False)
    edition = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args: Any, kind: AlertKind, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.asked = FIELDS[kind]()
        self.fields.update(self.asked)
        if not can(by, Action.ALERT_OTHERS):
            for name in ("tells_owners", "tells_managers", "targets"):
                del self.fields[name]
        if kind == AlertKind.SILENCE or not can(by, Action.SEND_SURVEYS):
            del self.fields["writes_contacts"]
        if kind == AlertKind.SILENCE or not can(by, Action.EDIT_ACCOUNT):
            del self.fields["playbook"]
        else:
            # An archived one that the rule has is shown, and refused with words when it is saved.
            own = Playbook.objects.filter(pk=self.initial.get("playbook") or 0)
            self.playbooks.queryset = (playbooks_in_use() | own).order_by("name", "pk")

    @property
    def playbooks(self) -> forms.ModelChoiceField:
        return cast(forms.ModelChoiceField, self.fields["playbook"])

    @property
    def condition(self) -> list[forms.BoundField]:
        return [self[name] for name in self.asked]

    @property
    def told(self) -> list[forms.BoundField]:
        return [self[name] for name in ("tells_me", "tells_owners", "tells_managers") if name in self.fields]

    def said(self) -> Said:
        """Call it once the form is valid."""
        given = self.cleaned_data
        plain = {name: given[name] for name in ("name", "scope", "segment", "team", "tells_me", "mail", "due_days")}
        others = {name: given.get(name, False) for name in ("tells_owners", "tells_managers")}
        return Said(
            kind=self.kind, params=self.params(), playbook=given.get("playbook"),
            writes_contacts=given.get("writes_contacts", False), targets=tuple(given.get("targets", ())),
            **plain, **others,
        )  # fmt: skip

    def params(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in self.asked}
        if self.kind == AlertKind.BAND:
            move, _, band = given["move"].partition(":")
            return {"move": move, "band": int(band)} if band else {"move": move}
        if self.kind == AlertKind.MEASURE and measure(given["measure"]).unit in PERCENT:
            return {**given, "value": given["value"] / 100}
        return given


def stated(rule: AlertRule) -> dict[str, Any]:
    """What the form of a stored rule begins with."""
    names = ("name", "scope", "segment", "team", "tells_me", "tells_owners", "tells_managers", "mail", "due_days",
             "writes_contacts")  # fmt: skip
    plain = {name: getattr(rule, name) for name in (*names, "edition")}
    plain |= {"targets": list(rule.targets.all()), "playbook": rule.playbook_id}
    params = dict(rule.params)
    if rule.kind == AlertKind.BAND and params["move"] == INTO:
        params["move"] = f"{INTO}:{params['band']}"
    if rule.kind == AlertKind.MEASURE and measure(params["measure"]).unit in PERCENT:
        params["value"] = round(params["value"] * 100, 6)
    return plain | params
