"""For how long a contract was agreed, whatever became of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_file_imports'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='term_months',
            field=models.PositiveSmallIntegerField(blank=True, help_text='For how long it was agreed, whatever became of it.', null=True),
        ),
    ]
