"""The three tiers that every chain starts with, each with its purpose and benefits. HQ edits them as it likes."""

from django.db import migrations

TIERS = """
INSERT INTO members_tier (code, name, threshold, purpose, look, updated_at) VALUES
    ('plain', '普卡', 0, '让第一次来的人愿意来第二次', 'plain', now()),
    ('silver', '银卡', 1000, '让常来的人一直来，少一次断档', 'silver', now()),
    ('gold', '金卡', 5000, '留住贡献最多的熟客，让他们带朋友来', 'gold', now())
ON CONFLICT DO NOTHING
"""
BENEFITS = """
INSERT INTO members_benefit (tier_id, kind, title, value, quota, period, is_active)
SELECT t.id, b.kind, b.title, b.value, b.quota, b.period, true
FROM (VALUES
    ('plain', 'tasting', '新品试吃', NULL, 1, 'month'),
    ('plain', 'birthday_gift', '生日小礼', NULL, 1, 'year'),
    ('silver', 'points_factor', '积分 1.2 倍', 1.2, NULL, 'none'),
    ('silver', 'tasting', '新品试吃', NULL, 2, 'month'),
    ('silver', 'birthday_gift', '生日礼', NULL, 1, 'year'),
    ('silver', 'upgrade_gift', '升级礼', NULL, 1, 'once'),
    ('silver', 'member_day_extra', '会员日加赠', NULL, 1, 'month'),
    ('gold', 'percent_off', '全场 95 折', 5, NULL, 'none'),
    ('gold', 'points_factor', '积分 1.5 倍', 1.5, NULL, 'none'),
    ('gold', 'tasting', '新品优先试吃', NULL, 4, 'month'),
    ('gold', 'birthday_gift', '生日礼盒', NULL, 1, 'year'),
    ('gold', 'upgrade_gift', '升级礼', NULL, 1, 'once'),
    ('gold', 'member_day_extra', '会员日加赠', NULL, 2, 'month'),
    ('gold', 'free_shipping', '免运费', NULL, 4, 'month'),
    ('gold', 'dedicated_guide', '专属导购', NULL, NULL, 'none')
) AS b (tier, kind, title, value, quota, period)
JOIN members_tier t ON t.code = b.tier
ON CONFLICT DO NOTHING
"""
# Backwards only what nobody uses: a tier that members hold stays, as its foreign keys demand.
REMOVE_TIERS = """
DELETE FROM members_tier t WHERE t.code IN ('plain', 'silver', 'gold')
AND NOT EXISTS (SELECT FROM members_member m WHERE m.tier_id = t.id)
"""
REMOVE_BENEFITS = """
DELETE FROM members_benefit b USING members_tier t WHERE t.id = b.tier_id AND t.code IN ('plain', 'silver', 'gold')
AND NOT EXISTS (SELECT FROM members_member m WHERE m.tier_id = t.id)
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0003_staging_unlogged")]

    operations = [
        migrations.RunSQL(TIERS, reverse_sql=REMOVE_TIERS),
        migrations.RunSQL(BENEFITS, reverse_sql=REMOVE_BENEFITS),
    ]
