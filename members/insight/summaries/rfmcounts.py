"""RFM counts: living members who ever bought by home store and scores, as they stand now."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from members.insight.summaries.base import Summary, replace

COUNT = """
INSERT INTO members_rfmcount (store_id, recency, frequency, money, members, spend)
SELECT m.home_store_id, f.recency_score, f.frequency_score, f.money_score, count(*), sum(f.spend)
FROM members_memberfacts f JOIN members_member m ON m.id = f.member_id
WHERE m.state = 'active' AND f.orders > 0 GROUP BY 1, 2, 3, 4
"""


def rebuild(day: date) -> int:
    """Count everything anew; returns how many rows there are. The day is that of the state alone."""
    return replace("members_rfmcount", "true", COUNT, {})


SUMMARY = Summary("rfm", _("RFM counts"), rebuild)
