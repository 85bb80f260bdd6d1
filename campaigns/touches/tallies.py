"""How the messages of a journey or a campaign stand: counted per step, with why those held back were held back."""

from collections import defaultdict

from django.db import connection

BY_STEP = """
    SELECT t.step, CASE WHEN t.suppressed_by <> '' AND t.state IN ('suppressed', 'rejected', 'planned')
                        THEN t.state || ':' || t.suppressed_by ELSE t.state END AS how, count(*)
      FROM campaigns_trip r
      JOIN campaigns_touch t ON t.source = 'journey' AND t.source_id = r.id
     WHERE r.journey_id = %(journey)s AND (%(version)s::bigint IS NULL OR r.version_id = %(version)s)
     GROUP BY 1, 2 ORDER BY 1, 2
"""
OF_CAMPAIGN = """
    SELECT t.channel, CASE WHEN t.suppressed_by <> '' AND t.state IN ('suppressed', 'rejected', 'planned')
                           THEN t.state || ':' || t.suppressed_by ELSE t.state END AS how, count(*)
      FROM campaigns_touch t WHERE t.source = 'campaign' AND t.source_id = %(occurrence)s
     GROUP BY 1, 2 ORDER BY 1, 2
"""

Tally = dict[str, dict[str, int]]


def by_step(journey_id: int, version_id: int | None = None) -> Tally:
    """Step -> how messages stand -> how many, of a journey or one version of it.

    How they stand is the state of a touch (``accepted``, ``planned`` ..), with the reason where there is one:
    ``suppressed:no_consent``, ``rejected:number_unknown``, ``planned:quiet_hours`` (waits).
    """
    return _tally(BY_STEP, {"journey": journey_id, "version": version_id})


def of_occurrence(occurrence_id: int) -> Tally:
    """Channel -> how messages stand -> how many, of one date of a campaign; as ``by_step`` says it."""
    return _tally(OF_CAMPAIGN, {"occurrence": occurrence_id})


def _tally(sql: str, params: dict[str, int | None]) -> Tally:
    found: Tally = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for key, how, count in cursor.fetchall():
            found[key][how] = count
    return dict(found)
