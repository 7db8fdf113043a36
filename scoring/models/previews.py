"""What drafts would do, asked for on a page and computed by a worker."""

from django.db import models

from scoring.models.cards import ScorecardDraft


class DraftPreview(models.Model):
    """What a draft as it was saved once (`edition`) would do to the accounts of a day, and how far that is known."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        WORKING = "working", "Working"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    draft = models.OneToOneField(ScorecardDraft, on_delete=models.CASCADE, related_name="preview")
    edition = models.PositiveIntegerField()
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    rung_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    refusal = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"preview of {self.draft}"
