"""Staged lines are unlogged: they are loaded again when a crash empties them, and cost half as much to write."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0002_batch_sequence")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE members_stagedline SET UNLOGGED",
            reverse_sql="ALTER TABLE members_stagedline SET LOGGED",
        ),
    ]
