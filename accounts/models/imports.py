"""Files brought on the import page: how far each is, what it would do or did, and what is needed to undo it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from accounts.models.ingest import IngestRun, Source


class ImportState(models.TextChoices):
    READING = "reading", "Reading the file"
    CHOOSING = "choosing", "Waits for a sheet"
    MAPPING = "mapping", "Waits for its columns"
    CHECKING = "checking", "Checking rows"
    CHECKED = "checked", "Checked, not imported"
    IMPORTING = "importing", "Importing"
    DONE = "done", "Imported"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


# What workers take up; in all other states somebody is waited for, or nobody.
AT_WORK = (ImportState.READING, ImportState.CHECKING, ImportState.IMPORTING, ImportState.UNDOING)


class FileImport(models.Model):
    """One file on its way in. All that a worker needs to go on after another died stands here."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, blank=True, help_text="Blank until it is chosen or guessed.")
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.READING)

    # How the file is read; blank: found out.
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=3, blank=True)
    sheets = models.JSONField(default=list, blank=True)
    sheet = models.CharField(max_length=255, blank=True)
    # What was found in it: columns with their first values, rows, encoding and delimiter.
    look = models.JSONField(default=dict, blank=True)
    # Field → index of its column, and the answers to what the columns leave open.
    mapping = models.JSONField(default=dict, blank=True)
    mapping_name = models.CharField(max_length=80, blank=True)

    total_rows = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    work_began_at = models.DateTimeField(null=True, blank=True)
    leased_by = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    check_run = models.OneToOneField(IngestRun, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    run = models.OneToOneField(IngestRun, on_delete=models.PROTECT, null=True, blank=True, related_name="file_import")
    # Rows as they would become, a few of each sort.
    preview = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    checkpoint = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undo = models.JSONField(default=dict, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "file import"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=("importing", "done", "undoing", "undone")) | Q(run__isnull=False),
                name="import_that_writes_has_a_run",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"]),
            models.Index(fields=["state"], condition=Q(state__in=AT_WORK), name="import_at_work"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ColumnMapping(models.Model):
    """Which column is which field, kept under a name for the next file of the same make."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    # Field → name of its column, and the answers to what columns leave open.
    content = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="mapping_name_once_per_kind")]

    def __str__(self) -> str:
        return self.name


class FormerValue(models.Model):
    """What a run changed where no amendment keeps it (names of accounts, parents, who met whom): to undo the run."""

    run = models.ForeignKey(IngestRun, on_delete=models.CASCADE, related_name="former_values")
    table = models.CharField(max_length=60)
    fact_id = models.BigIntegerField()
    before = models.JSONField(encoder=DjangoJSONEncoder)
    after = models.JSONField(encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "table", "fact_id"], name="former_value_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.fact_id}"
