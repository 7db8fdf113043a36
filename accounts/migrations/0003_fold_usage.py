"""The days that are there already, folded by month. Going back leaves the months to be dropped with their table."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Max, Min

from accounts.months import Tables, fold_months, months_between


def fold(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    tables = Tables(
        accounts=apps.get_model("accounts", "Account"),
        user_days=apps.get_model("accounts", "UserDay"),
        feature_days=apps.get_model("accounts", "FeatureDay"),
        account_days=apps.get_model("accounts", "AccountDay"),
        months=apps.get_model("accounts", "UsageMonth"),
    )
    days = tables.account_days._default_manager.aggregate(first=Min("day"), last=Max("day"))
    if days["first"]:
        fold_months(months=months_between(first=days["first"], last=days["last"]), tables=tables)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_usage_by_month")]
    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
