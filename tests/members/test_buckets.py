"""Shares of a whole: the same in memory, in SQL and in the filters of querysets."""

import pytest
from django.db import connection

from members.buckets import SHARE_SQL, Share, share
from members.models import Member
from tests.makers import make_member

pytestmark = pytest.mark.django_db


def test_the_three_ways_agree():
    for nth in range(30):
        make_member(f"会员{nth}")
    members = Member.objects.alias(part=Share("campaign:7:holdout"))
    in_filters = dict(members.annotate(found=Share("campaign:7:holdout")).values_list("bucket", "found"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT bucket, {SHARE_SQL.format(salt='%s', bucket='bucket')} FROM members_member", ["campaign:7:holdout"]
        )
        in_sql = dict(cursor.fetchall())
    assert in_filters == in_sql == {bucket: share("campaign:7:holdout", bucket) for bucket in in_sql}
    assert set(members.filter(part__lt=5000)) | set(members.filter(part__gte=5000)) == set(Member.objects.all())
    assert {share("other", bucket) for bucket in in_sql} != set(in_sql.values())
