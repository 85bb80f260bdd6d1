"""Words of consent to begin with, one version for each channel in Chinese and English. HQ adds its own versions."""

from django.db import migrations

WORDINGS = """
INSERT INTO members_consentwording (channel, purpose, version, language, text, starts_on, made_at)
SELECT w.channel, 'marketing', '1', w.language, w.words, '2020-01-01', now()
FROM (VALUES
    ('sms', 'zh-hans', '我同意通过短信接收优惠券、会员活动和生日祝福。我可以随时撤回，撤回不影响会员身份和已有权益。'),
    ('wecom', 'zh-hans', '我同意导购通过企业微信给我发送优惠券、新品和会员活动。我可以随时撤回，撤回不影响会员身份和已有权益。'),
    ('wechat_subscribe', 'zh-hans', '我同意通过小程序订阅消息接收优惠券和会员活动提醒。我可以随时撤回，撤回不影响会员身份和已有权益。'),
    ('email', 'zh-hans', '我同意通过电子邮件接收优惠券和会员活动。我可以随时撤回，撤回不影响会员身份和已有权益。'),
    ('phone_call', 'zh-hans', '我同意导购给我打电话，告知优惠和会员活动。我可以随时撤回，撤回不影响会员身份和已有权益。'),
    ('sms', 'en', 'I agree to receive coupons, news for members and birthday wishes by SMS. I may withdraw at any time; my membership and what I have stay as they are.'),
    ('wecom', 'en', 'I agree that my guide sends me coupons, new products and news for members by WeCom. I may withdraw at any time; my membership and what I have stay as they are.'),
    ('wechat_subscribe', 'en', 'I agree to receive coupons and news for members as messages of the mini-program. I may withdraw at any time; my membership and what I have stay as they are.'),
    ('email', 'en', 'I agree to receive coupons and news for members by e-mail. I may withdraw at any time; my membership and what I have stay as they are.'),
    ('phone_call', 'en', 'I agree that my guide calls me about offers and news for members. I may withdraw at any time; my membership and what I have stay as they are.')
) AS w (channel, language, words)
ON CONFLICT DO NOTHING
"""
# Backwards only what no entry of the ledger names.
REMOVE = """
DELETE FROM members_consentwording w WHERE w.version = '1' AND NOT EXISTS (
    SELECT FROM members_consent c
    WHERE c.channel = w.channel AND c.purpose = w.purpose AND c.wording_version = w.version)
"""


class Migration(migrations.Migration):
    dependencies = [("members", "0008_tier_path")]

    operations = [migrations.RunSQL(WORDINGS, reverse_sql=REMOVE)]
