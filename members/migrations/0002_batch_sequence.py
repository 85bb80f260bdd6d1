"""The sequence that numbers the batches of timeline facts."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE members_batch CACHE 20", reverse_sql="DROP SEQUENCE members_batch"),
    ]
