"""PostgreSQL: a batch of events is taken in by a function, in which a known event is no error in anybody's log."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Hardly ever is an event known: so all are tried at once, which costs two thirds of leaving known ones out. In the
# order of digests, so that two batches with the same events never wait for each other. A list of msgpack with up to
# 4,294,967,295 things begins with dd and their number.
TAKE_IN = r"""
CREATE FUNCTION accounts_take_in(
    of_key bigint, of_day date, digests uuid[], of_source bigint, received timestamptz, packed bytea,
    starts int[], lengths int[]
) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    fresh int := cardinality(digests);
    kept bytea := packed;
BEGIN
    IF of_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM accounts_sourcekey WHERE id = of_key AND revoked_at IS NULL) THEN
        RETURN NULL;
    END IF;
    BEGIN
        INSERT INTO accounts_eventseen (digest, seen_on)
        SELECT sent, of_day FROM unnest(digests) AS sent ORDER BY sent;
    EXCEPTION WHEN unique_violation THEN
        WITH new AS (
            INSERT INTO accounts_eventseen (digest, seen_on)
            SELECT sent, of_day FROM unnest(digests) AS sent ORDER BY sent
            ON CONFLICT DO NOTHING RETURNING digest
        )
        SELECT count(*), '\xdd'::bytea || int4send(count(*)::int)
            || string_agg(substring(packed FROM start + 1 FOR length), '' ORDER BY start)
        INTO fresh, kept
        FROM unnest(digests, starts, lengths) AS sent (digest, start, length) JOIN new USING (digest);
    END;
    IF fresh > 0 THEN
        INSERT INTO accounts_inboxbatch (source_id, received_at, events, payload)
        VALUES (of_source, received, fresh, kept);
    END IF;
    RETURN fresh;
END $$
"""
GONE = "DROP FUNCTION accounts_take_in(bigint, date, uuid[], bigint, timestamptz, bytea, int[], int[])"


def make(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(TAKE_IN)


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GONE)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0029_asking")]

    operations = [migrations.RunPython(make, drop)]
