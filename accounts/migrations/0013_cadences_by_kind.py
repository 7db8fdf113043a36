"""How often each kind of touchpoint is agreed on with the accounts of a segment."""

from django.db import migrations, models

import accounts.models.accounts


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_scopes_of_old_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='segment',
            name='kind_cadences',
            field=models.JSONField(blank=True, default=dict, help_text='How often each kind of touchpoint is agreed, in days: {"training": 180, "workshop": 120}.', validators=[accounts.models.accounts.check_cadences]),
        ),
    ]
