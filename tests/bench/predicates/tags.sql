-- P3: one of two tags and not a third. From the index of tags alone, never from the members; it has the members of each
-- tag in order, so that everything is merged and nothing sorted.
SELECT count(*) FROM (
    SELECT member_id FROM members_membertag
    WHERE tag_id = %(liked)s AND (expires_at IS NULL OR expires_at > %(now)s)
    UNION
    SELECT member_id FROM members_membertag
    WHERE tag_id = %(loved)s AND (expires_at IS NULL OR expires_at > %(now)s)
) AS t
WHERE NOT EXISTS (SELECT FROM members_membertag x WHERE x.member_id = t.member_id AND x.tag_id = %(disliked)s
        AND (x.expires_at IS NULL OR x.expires_at > %(now)s))
    AND NOT EXISTS (SELECT FROM members_member g WHERE g.id = t.member_id AND g.state <> 'active')
