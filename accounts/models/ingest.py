"""Where facts come from: sources, runs of ingest, and what was refused."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from accounts.ingest.events.mapping import MappingInvalid, parsed_mapping


class Source(models.Model):
    """A system that facts come from: files, a CRM, an event stream, people at a form."""

    name = models.CharField(max_length=80, unique=True)
    rhythm_days = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How often it should deliver.")
    mapping = models.JSONField(
        default=dict, blank=True, help_text="What its events mean, where they differ from the usual names."
    )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A form that stores a mapping which makes no sense would put every event into quarantine."""
        self.mapping = self.mapping or {}
        try:
            parsed_mapping(self.mapping)
        except MappingInvalid as invalid:
            raise ValidationError({"mapping": invalid.problems}) from None


class Fact(models.Model):
    """What every fact carries: its origin, so that bringing it twice changes nothing, and when it was recorded."""

    # The unique key begins with the source: an index of its own would only slow down writing.
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="%(class)s_once_per_source"),
        ]


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class IngestRun(models.Model):
    """One execution of ingest, kept. A run that was killed stays `running`; running the file again completes it."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)
    is_dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    read_rows = models.PositiveIntegerField(default=0)
    created_rows = models.PositiveIntegerField(default=0)
    changed_rows = models.PositiveIntegerField(default=0)
    unchanged_rows = models.PositiveIntegerField(default=0)
    refused_rows = models.PositiveIntegerField(default=0)
    warned_rows = models.PositiveIntegerField(default=0)
    refusals_file = models.CharField(max_length=255, blank=True)
    summary = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name or self.source_id}"


class Quarantine(models.Model):
    """A row that was refused: where it stood, why, and what it said, so that nothing is lost."""

    run = models.ForeignKey(IngestRun, on_delete=models.CASCADE, related_name="quarantine")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=500)
    payload = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "quarantined rows"
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="quarantine_once_per_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
