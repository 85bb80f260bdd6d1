-- Who is in a segment from a moment on, into a table with the indexes of the product's own.
INSERT INTO bare_span (segment_id, member_id, since)
SELECT %(segment)s, member_id, %(now)s FROM members_membertag t
WHERE tag_id = %(carried)s AND (expires_at IS NULL OR expires_at > %(now)s)
    AND NOT EXISTS (SELECT FROM members_member g WHERE g.id = t.member_id AND g.state <> 'active')
ORDER BY member_id
