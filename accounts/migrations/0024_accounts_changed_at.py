"""When what an account says of itself last changed: for whoever keeps a copy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0023_turns_of_touches")]

    operations = [
        migrations.AddField(
            model_name="account",
            name="changed_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When what it says today last became another; empty before the first time.",
                null=True,
            ),
        ),
    ]
