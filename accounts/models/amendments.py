"""What facts said before they were amended: so that a day can be scored as it was known then."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class Amendment(models.Model):
    """The former content of a fact, from when it was recorded to when it was amended."""

    table = models.CharField(max_length=60, help_text="The fact's model, such as accounts.ticket.")
    fact_id = models.BigIntegerField()
    content = models.JSONField(encoder=DjangoJSONEncoder)
    recorded_at = models.DateTimeField()
    amended_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "fact_id", "amended_at"], name="amendment_once"),
        ]
        indexes = [models.Index(fields=["table", "amended_at"])]
