"""Every review has an account, and is found by it and by its time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0038_fill_accounts_of_reviews")]

    operations = [
        migrations.AlterField(
            model_name="planreview",
            name="account",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="reviews",
                to="accounts.account",
            ),
        ),
        migrations.AddIndex(
            model_name="planreview", index=models.Index(fields=["account", "at"], name="review_of_account")
        ),
        migrations.AddIndex(model_name="planreview", index=models.Index(fields=["at"], name="review_at")),
    ]  # fmt: skip
