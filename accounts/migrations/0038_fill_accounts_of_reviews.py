"""Each review names the account of its plan."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    review, plan = apps.get_model("accounts", "PlanReview"), apps.get_model("accounts", "MitigationPlan")
    of_plan = plan.objects.filter(pk=OuterRef("plan")).values("account")[:1]
    review.objects.filter(account=None).update(account=Subquery(of_plan))


def forget(apps, schema_editor):
    """On the way back reviews without a plan have no place: they go, for the table demands one."""
    apps.get_model("accounts", "PlanReview").objects.filter(plan=None).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0037_reviews_of_accounts")]

    operations = [migrations.RunPython(fill, forget)]
