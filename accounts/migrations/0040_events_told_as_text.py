"""PostgreSQL: a batch of events is handed over as two short texts, which are read quicker than arrays and bytes."""

from importlib import import_module

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FORMER = import_module("accounts.migrations.0030_events_in_one_call")
# As before (0030), but for how the parameters are written: digests with commas between, the packed events in base64.
# Where each event lies is asked only when one of them is known: -1 then, and nothing is taken in.
TAKE_IN = r"""
CREATE FUNCTION accounts_take_in(
    of_key bigint, of_day date, digests text, of_source bigint, received timestamptz, packed text, starts int[],
    lengths int[]
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    asked uuid[] := string_to_array(digests, ',')::uuid[];
    fresh int := cardinality(asked);
    kept bytea := decode(packed, 'base64');
BEGIN
    IF of_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_sourcekey WHERE id = of_key AND revoked_at IS NULL) THEN
        RETURN NULL;
    END IF;
    BEGIN
        INSERT INTO accounts_eventseen (digest, seen_on)
        SELECT sent, of_day FROM unnest(asked) AS sent ORDER BY sent;
    EXCEPTION WHEN unique_violation THEN
        IF starts IS NULL THEN
            RETURN -1;
        END IF;
        WITH new AS (
            INSERT INTO accounts_eventseen (digest, seen_on)
            SELECT sent, of_day FROM unnest(asked) AS sent ORDER BY sent
            ON CONFLICT DO NOTHING RETURNING digest
        )
        SELECT count(*), '\xdd'::bytea || int4send(count(*)::int)
            || string_agg(substring(kept FROM start + 1 FOR length), '' ORDER BY start)
        INTO fresh, kept
        FROM unnest(asked, starts, lengths) AS sent (digest, start, length) JOIN new USING (digest);
    END;
    IF fresh > 0 THEN
        INSERT INTO accounts_inboxbatch (source_id, received_at, events, payload)
        VALUES (of_source, received, fresh, kept);
    END IF;
    RETURN fresh;
END $$
"""
GONE = "DROP FUNCTION accounts_take_in(bigint, date, text, bigint, timestamptz, text, int[], int[])"


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        FORMER.drop(apps, schema_editor)
        schema_editor.execute(TAKE_IN)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GONE)
        FORMER.make(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0039_reviews_name_their_account")]

    operations = [migrations.RunPython(make, drop)]
