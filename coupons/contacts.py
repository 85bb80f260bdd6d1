"""Which rows of this app are contacts with a member (members.privacy.contacting)."""

from members.privacy.contacting import counts

# Whatever reached the member counts, recalled or not; what is about to leave does too.
counts("""
    SELECT o.member_id, o.created_at, 'offer', o.guide_id, s.name
      FROM coupons_offer o JOIN stores_staff s ON s.id = o.guide_id
     WHERE o.member_id = ANY(%(ids)s) AND o.created_at > %(since)s AND o.state IN ('queued', 'sent', 'recalled')
""")
