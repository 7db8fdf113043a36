"""How scores are shown to people."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_roll_up'),
    ]

    operations = [
        migrations.AddField(
            model_name='organization',
            name='display_scale',
            field=models.CharField(choices=[('100', '0 to 100'), ('10', '0.0 to 10.0'), ('5', '1 to 5'), ('band', 'The band alone')], default='100', max_length=4),
        ),
    ]
