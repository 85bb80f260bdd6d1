-- P4: within three kilometres of a store. The box first, by the index alone; then the distance on the sphere, told by its
-- haversine.
SELECT count(*) FROM members_memberplace p
WHERE p.latitude BETWEEN %(south)s AND %(north)s AND p.longitude BETWEEN %(west)s AND %(east)s
    AND sin(radians(p.latitude - %(latitude)s) / 2) ^ 2
        + cos(radians(%(latitude)s)) * cos(radians(p.latitude)) * sin(radians(p.longitude - %(longitude)s) / 2) ^ 2
        <= %(haversine)s
    AND NOT EXISTS (SELECT FROM members_member g WHERE g.id = p.member_id AND g.state <> 'active')
