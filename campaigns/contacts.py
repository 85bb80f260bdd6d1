"""Which rows of this app are contacts with a member (members.privacy.contacting)."""

from members.privacy.contacting import counts

# Offers are counted where they are made. What may have left counts until it is known that it did not.
counts("""
    SELECT t.member_id, t.at, 'touch', t.guide_id, s.name
      FROM campaigns_touch t
      LEFT JOIN campaigns_messagetemplate x ON x.id = t.message_id LEFT JOIN stores_staff s ON s.id = t.guide_id
     WHERE t.member_id = ANY(%(ids)s) AND t.at > %(since)s AND t.state IN ('claimed', 'accepted', 'unknown')
       AND t.source <> 'offer' AND x.purpose IS DISTINCT FROM 'service'
""")
