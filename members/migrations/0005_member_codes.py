"""The function that draws an unused member code, so that bulk inserts get a code per row."""

from django.db import migrations

CREATE = """
CREATE FUNCTION members_new_code() RETURNS text LANGUAGE plpgsql VOLATILE
-- the plan of the look-up is made once per session: made on an empty table it would scan the table for ever
SET enable_seqscan = off AS $body$
DECLARE
    drawn text;
BEGIN
    LOOP
        -- the last 12 hex digits of a random uuid are 48 strong random bits
        drawn := ((9090909091 + ('x' || right(gen_random_uuid()::text, 12))::bit(48)::bigint % 81818181818) * 11)::text;
        EXIT WHEN NOT EXISTS (SELECT FROM members_member WHERE code = drawn);
    END LOOP;
    RETURN drawn;
END
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0004_default_tiers")]

    operations = [
        migrations.RunSQL(CREATE, reverse_sql="DROP FUNCTION members_new_code()"),
    ]
