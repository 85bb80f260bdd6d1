"""The system tags with their rules, and a few groups of tags for guides. HQ edits them as it likes."""

from django.db import migrations

GROUPS = """
INSERT INTO members_taggroup (name, kind, single_choice, guides_see, guides_set, managers_set, position) VALUES
    ('系统标签', 'system', false, true, false, false, 0),
    ('口味', 'manual', false, true, true, true, 1),
    ('家庭', 'manual', true, true, true, true, 2),
    ('到店', 'manual', false, true, true, true, 3),
    ('沟通', 'manual', false, true, true, true, 4)
ON CONFLICT DO NOTHING
"""
TAGS = """
INSERT INTO members_tag (group_id, name, rule, is_active, position)
SELECT g.id, t.name, nullif(t.rule, '')::jsonb, true, t.position
FROM (VALUES
    ('系统标签', '首购后两周', '{"all": [{"fact": "first_order", "op": "within", "value": 14}]}', 0),
    ('系统标签', '高价值', '{"all": [{"fact": "top_spend", "op": "top", "value": 10}]}', 1),
    ('系统标签', '高频转低频', '{"all": [{"fact": "orders_365d", "op": "gte", "value": "4"},
        {"fact": "silence_gaps", "op": "gte", "value": "2"},
        {"none": [{"fact": "last_order", "op": "before", "value": 120}]}]}', 2),
    ('系统标签', '沉睡', '{"all": [{"fact": "last_order", "op": "before", "value": 120}]}', 3),
    ('口味', '爱吃甜', '', 0), ('口味', '爱吃酸甜', '', 1), ('口味', '只买应季', '', 2),
    ('家庭', '家有小孩', '', 0), ('家庭', '家有老人', '', 1), ('家庭', '独居', '', 2), ('家庭', '送礼多', '', 3),
    ('到店', '工作日傍晚', '', 0), ('到店', '周末上午', '', 1), ('到店', '常用自提', '', 2),
    ('沟通', '喜欢微信', '', 0), ('沟通', '别打电话', '', 1)
) AS t (group_name, name, rule, position)
JOIN members_taggroup g ON g.name = t.group_name
ON CONFLICT DO NOTHING
"""
# Backwards only what nobody uses: a group with a tag that a member carries stays.
UNUSED = """(SELECT g.id FROM members_taggroup g
WHERE g.name IN ('系统标签', '口味', '家庭', '到店', '沟通') AND NOT EXISTS (
    SELECT FROM members_membertag mt JOIN members_tag t ON t.id = mt.tag_id WHERE t.group_id = g.id))"""
REMOVE_TAGS = f"DELETE FROM members_tag WHERE group_id IN {UNUSED}"
REMOVE_GROUPS = f"DELETE FROM members_taggroup WHERE id IN {UNUSED}"


class Migration(migrations.Migration):
    dependencies = [("members", "0005_member_codes")]

    operations = [
        migrations.RunSQL(GROUPS, reverse_sql=REMOVE_GROUPS),
        migrations.RunSQL(TAGS, reverse_sql=REMOVE_TAGS),
    ]
