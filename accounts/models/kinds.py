"""What touchpoints can be: segments agree on them, and touchpoints are of them."""

from django.db import models


class TouchpointKind(models.TextChoices):
    KICKOFF = "kickoff", "Kickoff"
    INSTALL = "install", "Install completed"
    EBR = "ebr", "EBR"
    WORKSHOP = "workshop", "Workshop"
    TRAINING = "training", "Training"
    SUPPORT = "support", "Support case"
    CALL = "call", "Call"
    VISIT = "visit", "Visit"
    MAIL = "mail", "Mail"
