"""Custom measures and their definitions have no order of their own: who lists them says which."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scoring", "0011_members_of_families")]

    operations = [
        migrations.AlterModelOptions(name="custommeasure", options={}),
        migrations.AlterModelOptions(name="measuredefinition", options={}),
    ]
