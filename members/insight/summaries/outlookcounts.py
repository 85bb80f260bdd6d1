"""Outlook by store: living members by how probable it is that they still come, and what is expected of them."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, replace
from members.models import OutlookCount

NAME = "outlook"

# the lower end of a fifth, in per cent; the same comparison as the fact of rules makes
BAND = f"""CASE WHEN o.alive IS NULL THEN '{OutlookCount.Band.ONCE}' WHEN o.alive >= 0.8::float8 THEN '80'
    WHEN o.alive >= 0.6::float8 THEN '60' WHEN o.alive >= 0.4::float8 THEN '40'
    WHEN o.alive >= 0.2::float8 THEN '20' ELSE '0' END"""
COUNT = f"""
INSERT INTO members_outlookcount (store_id, band, members, soon, expected_90d, value_365d)
SELECT m.home_store_id, {BAND}, count(*), count(*) FILTER (WHERE o.expected_90d >= 1), sum(o.expected_90d),
    sum(o.value_365d)
FROM members_memberoutlook o JOIN members_member m ON m.id = o.member_id WHERE m.state = 'active' GROUP BY 1, 2
"""


def rebuild(day: date) -> int:
    """Count everything anew; returns how many rows there are. The day is that of the state alone."""
    return replace("members_outlookcount", "true", COUNT, {})


SUMMARY = Summary(NAME, _("Outlook by store"), rebuild)
