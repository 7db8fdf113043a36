"""How the customer's page looks and what it may show: the company's own logo and words, its people's pictures."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ImageKind(models.TextChoices):
    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    SVG = "image/svg+xml", "SVG"


class Branding(models.Model):
    """One row. `words` has the company's own texts by language; `measures` what operations said of each by its key."""

    logo = models.BinaryField(null=True, blank=True)
    logo_kind = models.CharField(max_length=16, choices=ImageKind.choices, blank=True)
    words = models.JSONField(default=dict, blank=True)
    measures = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "branding"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="branding_is_one")]


class ContactCard(models.Model):
    """What customers see of one of our people beside name and title: a picture, and where to book a time."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="contact_card"
    )
    picture = models.BinaryField(null=True, blank=True)
    picture_kind = models.CharField(max_length=16, choices=ImageKind.choices, blank=True)
    booking_url = models.URLField(blank=True)
