"""What must always hold of channel codes and referrals; ``manage.py audit`` asks."""

from members.oneid.lineage import LIVING_SQL

INVARIANTS = [
    (
        "code_counts_its_new_members",
        """
        SELECT c.id FROM campaigns_channelcode c
        LEFT JOIN (SELECT code_id, sum(sign_ups) AS counted FROM campaigns_codeday GROUP BY 1) AS d ON d.code_id = c.id
        LEFT JOIN (SELECT code_id, count(*) AS came FROM campaigns_signup WHERE is_new GROUP BY 1) AS s
               ON s.code_id = c.id
        WHERE coalesce(d.counted, 0) <> coalesce(s.came, 0)
        """,
        "The days of a code count just the new members who signed up by it.",
    ),
    (
        "code_counts_its_visitors",
        """
        SELECT coalesce(s.code_id, d.code_id) FROM (
            SELECT code_id, day, count(*) AS came FROM campaigns_codescan GROUP BY 1, 2) AS s
        FULL JOIN (SELECT code_id, day, scans FROM campaigns_codeday) AS d USING (code_id, day)
        WHERE day >= current_date - 2 AND coalesce(d.scans, 0) <> coalesce(s.came, 0)
        """,
        "While it is known who scanned a code on a day, the day counts each of them once.",
    ),
    (
        "referral_is_between_two",
        f"""
        SELECT r.id FROM campaigns_referral r
        WHERE r.state <> 'void'
          AND {LIVING_SQL.format(start="r.inviter_id")} = {LIVING_SQL.format(start="r.friend_id")}
          AND NOT EXISTS (SELECT FROM members_membermerge m WHERE m.made_at > now() - interval '1 hour')
        """,
        "Nobody invites themselves, nor somebody who turned out to be the same person.",
    ),
    (
        "reward_is_the_coupon_of_its_referral",
        """
        SELECT r.id FROM campaigns_referral r
        JOIN coupons_coupon c ON c.id IN (r.inviter_coupon_id, r.friend_coupon_id)
        WHERE c.origin <> 'referral' OR c.origin_id <> r.id
        UNION ALL
        SELECT c.id FROM coupons_coupon c
        WHERE c.origin = 'referral' AND NOT EXISTS (
            SELECT FROM campaigns_referral r
            WHERE r.id = c.origin_id AND c.id IN (r.inviter_coupon_id, r.friend_coupon_id))
        """,
        "A coupon given for a referral stands in that referral, and no other coupon does.",
    ),
    (
        "rewarded_referral_says_what_it_gave",
        """
        SELECT id FROM campaigns_referral
        WHERE state = 'rewarded' AND inviter_coupon_id IS NULL AND friend_coupon_id IS NULL
          AND inviter_points_id IS NULL AND friend_points_id IS NULL AND inviter_why = '' AND friend_why = ''
        """,
        "A rewarded referral has given something, or says why not.",
    ),
    (
        "void_referral_left_nothing_behind",
        """
        SELECT r.id FROM campaigns_referral r
        JOIN coupons_coupon c ON c.id IN (r.inviter_coupon_id, r.friend_coupon_id)
        WHERE r.state = 'void' AND r.reason <> 'erased' AND c.state = 'issued'
          AND NOT r.kept ?| array['inviter_coupon', 'friend_coupon']
        """,
        "What a void referral gave is withdrawn, or it says what was gone by then.",
    ),
]
