"""The former tables and columns, once all is copied."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0006_fill_compact_snapshots")]
    operations = [
        migrations.DeleteModel("OldSnapshot"),
        migrations.RemoveField("supersededsnapshot", "breakdown"),
        migrations.RenameField("supersededsnapshot", "packed", "breakdown"),
        migrations.AlterField("supersededsnapshot", "breakdown", models.BinaryField()),
    ]
