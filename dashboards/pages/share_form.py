"""The form of a link to the customer's page: who gets it, in which language, and what it leaves out."""

from typing import Any

from django import forms

from accounts.models import Account, Block, Branding, Language, ShareLink, Shown
from accounts.operations.sharing import DEFAULT_DAYS, LONGEST_DAYS, LONGEST_WORDS, SHORTEST_DAYS, Choices
from accounts.survey_texts import language_of_country
from dashboards.public.share_blocks import is_shown
from scoring.queries.explanation import Explanation, explanation_on
from scoring.queries.history import newest_scored_day

BOXES = forms.CheckboxSelectMultiple


class ShareForm(forms.Form):
    """Who gets the link, for how many days it works, and what it shows."""

    recipient = forms.CharField(
        max_length=120, label="For whom", error_messages={"required": "Say who gets the link."},
        help_text="A name: the monthly mail greets with it, and what they tick off is theirs.",
    )  # fmt: skip
    days = forms.IntegerField(
        min_value=SHORTEST_DAYS,
        max_value=LONGEST_DAYS,
        initial=DEFAULT_DAYS,
        label="Works for, in days",
        error_messages={
            "required": "Say for how many days it works.",
            "invalid": "Give a whole number of days.",
            "min_value": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days.",
            "max_value": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days.",
        },
    )
    language = forms.ChoiceField(choices=Language.choices, initial=Language.EN, required=False)
    shows = forms.ChoiceField(
        choices=Shown.choices, initial=Shown.SCORE, required=False, label="What they read", widget=forms.RadioSelect
    )
    words = forms.CharField(
        max_length=LONGEST_WORDS, required=False, label="Your own sentence on top", strip=True,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="Empty: a sentence is made of the figures.",
    )  # fmt: skip
    hidden_blocks = forms.MultipleChoiceField(choices=Block.choices, required=False, label="Leave out", widget=BOXES)
    hidden_measures = forms.MultipleChoiceField(required=False, label="Measures to leave out", widget=BOXES)
    email = forms.EmailField(required=False, label="E-mail address", error_messages={"invalid": "That is no address."})
    is_mailed = forms.BooleanField(required=False, label="Send a mail every month, with an unsubscribe link")

    def __init__(self, *args: Any, measures: list[tuple[str, str]] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["hidden_measures"].choices = measures or []  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("is_mailed") and not said.get("email") and "email" not in self.errors:
            self.add_error("email", "Say where the monthly mail goes.")
        return said

    @property
    def choices(self) -> Choices:
        """What a valid form says of the page."""
        said = self.cleaned_data
        return Choices(
            language=said["language"] or Language.EN,
            shows=said["shows"] or Shown.SCORE,
            hidden_blocks=tuple(said["hidden_blocks"]),
            hidden_measures=tuple(said["hidden_measures"]),
            words=said["words"],
            email=said["email"],
            is_mailed=said["is_mailed"],
        )


class ChangeForm(ShareForm):
    """A link's end stays as it was made: who needs longer gets a new one."""

    days = None  # type: ignore[assignment]


class PreviewForm(ShareForm):
    """Before anybody is named."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.required = False

    def clean(self) -> dict[str, Any]:
        return forms.Form.clean(self) or {}


def measures_of(account: Account, *, branding: Branding) -> list[tuple[str, str]]:
    """The measures of the account's card that operations allow, by key."""
    day = newest_scored_day(account.pk, until=account.health.as_of) if hasattr(account, "health") else None
    explained: Explanation | None = explanation_on(account, day=day) if day else None
    lines = explained.measures if explained else ()
    shown = [line.item.measure for line in lines if is_shown(line.item.measure, branding=branding)]
    return [(measure.key, measure.label) for measure in shown]


def initial_of(account: Account, link: ShareLink | None = None) -> dict[str, Any]:
    """What the form begins with: what the link says, or the language of the account's country."""
    if link is None:
        return {"language": language_of_country(account.country), "days": DEFAULT_DAYS, "shows": Shown.SCORE}
    names = ("recipient", *Choices.__dataclass_fields__)
    return {name: getattr(link, name) for name in names}
