"""Surveys and their answers. An invitation without an answer is a fact too."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account, Contact
from accounts.models.ingest import Fact
from accounts.models.touchpoints import Touchpoint

# What an answer, or the CSM, may say something about.
SUBJECTS = ("brand", "people", "product", "process")


class SurveyKind(models.TextChoices):
    NPS = "nps", "NPS"
    CSAT = "csat", "CSAT"


class SurveyResponse(Fact):
    """One contact asked once; `score` is 0–10 for NPS and 1–5 for CSAT, empty while silent."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="responses")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="responses")
    touchpoint = models.ForeignKey(
        Touchpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="responses"
    )
    kind = models.CharField(max_length=6, choices=SurveyKind.choices)
    asked_on = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)
    # What the answer says about each subject, 1 to 5; empty where it does not speak of it.
    about_brand = models.PositiveSmallIntegerField(null=True, blank=True)
    about_people = models.PositiveSmallIntegerField(null=True, blank=True)
    about_product = models.PositiveSmallIntegerField(null=True, blank=True)
    about_process = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["answered_on"])]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(score=None) | Q(kind="nps", score__range=(0, 10)) | Q(kind="csat", score__range=(1, 5)),
                name="response_score_in_range",
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None, score=None) | Q(answered_on__gte=F("asked_on"), score__isnull=False),
                name="response_answered_with_score",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"about_{subject}": None})
                    | Q(**{f"about_{subject}__range": (1, 5)}, answered_on__isnull=False),
                    name=f"response_about_{subject}_1_to_5",
                )
                for subject in SUBJECTS
            ),
        ]
