"""Who waits with a fact of its own is scored before those whose source alone spoke."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_snooze")]

    operations = [
        migrations.AddField(
            model_name="accounttouch",
            name="turn",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "A fact of its own"), (1, "Its source spoke of a day")], default=0
            ),
        ),
        migrations.RemoveIndex(model_name="accounttouch", name="touch_is_waiting"),
        migrations.AddIndex(
            model_name="accounttouch",
            index=models.Index(
                condition=Q(touches__gt=F("settled")), fields=["turn", "touched_at"], name="touch_waits_its_turn"
            ),
        ),
    ]
