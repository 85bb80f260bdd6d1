"""Members who agreed to be written to, and the words they agreed to."""

from datetime import date
from typing import Any

from members.models import ConsentWording, Member
from members.privacy import consents


def make_wording(channel: str = "sms", version: str = "1", **fields: Any) -> ConsentWording:
    """The words for a channel in force since 2020, unless they are there already."""
    fields = {"text": f"我同意接收 {channel} 消息", "starts_on": date(2020, 1, 1), **fields}
    known = {"channel": channel, "version": version, "language": fields.pop("language", "zh-hans")}
    return ConsentWording.objects.get_or_create(**known, defaults=fields)[0]


def agree(member: Member, channel: str = "wecom", **fields: Any) -> Member:
    """The member, who agreed to messages by this channel."""
    consents.grant(member, channel, wording_version=make_wording(channel).version, **fields)
    return member
