"""The event stream: keys, what came already, and how many events a batch holds."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_as_it_is(apps, schema_editor):
    """PostgreSQL: a payload lives until it is folded and need not be compressed; rows of a day lie side by side."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE accounts_inboxbatch ALTER COLUMN payload SET STORAGE EXTERNAL")
        schema_editor.execute("CREATE INDEX event_seen_on ON accounts_eventseen USING brin (seen_on)")


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_facts_of_more_measures'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventSeen',
            fields=[
                ('digest', models.UUIDField(primary_key=True, serialize=False)),
                ('seen_on', models.DateField()),
            ],
            options={
                'verbose_name_plural': 'events seen',
            },
        ),
        migrations.CreateModel(
            name='SourceKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('prefix', models.CharField(help_text='How the key begins: enough to tell it from others.', max_length=12)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, help_text='To the minute or so.', null=True)),
            ],
        ),
        migrations.AddField(
            model_name='inboxbatch',
            name='events',
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='inboxbatch',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='accounts.source'),
        ),
        migrations.AddIndex(
            model_name='inboxbatch',
            index=models.Index(fields=['source', 'received_at'], name='accounts_in_source__4ffad6_idx'),
        ),
        migrations.AddIndex(
            model_name='inboxbatch',
            index=models.Index(condition=models.Q(('folded_at', None)), fields=['id'], name='batch_is_waiting'),
        ),
        migrations.AddField(
            model_name='sourcekey',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='sourcekey',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='keys', to='accounts.source'),
        ),
        migrations.RunPython(keep_as_it_is, migrations.RunPython.noop),
    ]
