"""How we ask: surveys with their words in each language, invitations, and who does not want to be asked."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Contact, Persona
from accounts.models.kinds import TouchpointKind
from accounts.models.surveys import SurveyKind, SurveyResponse
from accounts.models.touchpoints import Touchpoint


class Language(models.TextChoices):
    """The languages in which we ask."""

    EN = "en", "English"
    DE = "de", "Deutsch"
    FR = "fr", "Français"
    ES = "es", "Español"


def check_kinds(stated: object) -> None:
    if not isinstance(stated, list) or not set(stated) <= set(TouchpointKind.values):
        raise ValidationError("Choose kinds of touchpoints.")


def check_personas(stated: object) -> None:
    if not isinstance(stated, list) or not set(stated) <= set(Persona.values):
        raise ValidationError("Choose personas.")


class Survey(models.Model):
    """What is asked, and when by itself. `rest_days`: a contact asked since then is not asked again, by any survey."""

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=6, choices=SurveyKind.choices)
    is_active = models.BooleanField(default=True)
    rest_days = models.PositiveSmallIntegerField(default=90)
    open_days = models.PositiveSmallIntegerField(default=30, help_text="For how long the link takes a first answer.")
    after_kinds = models.JSONField(
        default=list, blank=True, validators=[check_kinds], help_text="After each held touchpoint of these kinds."
    )
    every_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Everybody, so often.")
    personas = models.JSONField(
        default=list, blank=True, validators=[check_personas], help_text="Who is asked by itself; empty is everybody."
    )
    # What happened before it was told to ask by itself is not asked about.
    since = models.DateField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rest_days__range=(1, 730)), name="survey_rests"),
            models.CheckConstraint(condition=Q(open_days__range=(1, 180)), name="survey_open"),
            models.CheckConstraint(
                condition=Q(every_days=None) | Q(every_days__gte=F("rest_days")), name="survey_not_before_its_rest"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SurveyText(models.Model):
    """The words of a survey in one language. `{name}` is the contact's first name, `{company}` is us."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2, choices=Language.choices)
    subject = models.CharField(max_length=150)
    greeting = models.CharField(max_length=200)
    question = models.CharField(max_length=200)
    low = models.CharField(max_length=60, help_text="What the lowest number means.")
    high = models.CharField(max_length=60, help_text="What the highest number means.")
    reason = models.CharField(max_length=120, help_text="The question above the comment.")
    thanks = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["survey", "language"], name="survey_text_once")]

    def __str__(self) -> str:
        return f"{self.survey} ({self.language})"


class SurveyInvitation(models.Model):
    """A contact was asked: the link in a mail. Only the token's hash is kept; the answer is the response's."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="invitations")
    response = models.OneToOneField(SurveyResponse, on_delete=models.CASCADE, related_name="invitation")
    language = models.CharField(max_length=2, choices=Language.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    first_answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="invitation_expires")]


class SurveyWish(models.Model):
    """Who noted a touchpoint wants a survey sent to those who were there, whatever kind of touchpoint it is."""

    touchpoint = models.OneToOneField(
        Touchpoint, on_delete=models.CASCADE, primary_key=True, related_name="survey_wish"
    )
    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.survey} after touchpoint {self.touchpoint_id}"


class SurveyOptOut(models.Model):
    """A contact who does not want to be asked any more."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, primary_key=True, related_name="opt_out")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"contact {self.contact_id}"
