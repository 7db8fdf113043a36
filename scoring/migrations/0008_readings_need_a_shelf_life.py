"""A check that meets NULL passes: a shelf life must be there, not only be long enough where it is."""

from django.db import migrations, models
from django.db.models import Q

NAME = "custom_measure_formula_or_shelf_life"
FORMULA = Q(kind="formula") & ~Q(formula="") & Q(shelf_life_days=None)
READ = ~Q(kind="formula") & Q(formula="", shelf_life_days__isnull=False, shelf_life_days__gte=1)


class Migration(migrations.Migration):
    dependencies = [("scoring", "0007_drop_old_snapshots")]

    operations = [
        migrations.RemoveConstraint(model_name="custommeasure", name=NAME),
        migrations.AddConstraint(
            model_name="custommeasure", constraint=models.CheckConstraint(condition=FORMULA | READ, name=NAME)
        ),
    ]
