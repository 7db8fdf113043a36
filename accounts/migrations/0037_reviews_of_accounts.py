"""A review is of an account, with a plan or without."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0036_single_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="planreview",
            name="account",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="reviews",
                to="accounts.account",
            ),
        ),
        migrations.AddField(
            model_name="planreview", name="rules", field=models.JSONField(blank=True, default=list)
        ),
        migrations.AddField(
            model_name="planreview",
            name="score_hundredths",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="planreview",
            name="plan",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="reviews",
                to="accounts.mitigationplan",
            ),
        ),
    ]  # fmt: skip
