from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0046_audit_is_searched")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="origin",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
    ]
