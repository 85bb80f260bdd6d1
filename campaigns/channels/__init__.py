"""The channels that messages leave through, each in a module of its own. A new one is a module and a line here."""

from collections.abc import Mapping

from campaigns.channels.base import ChannelSpeaker
from campaigns.channels.email import EmailSpeaker
from campaigns.channels.inbox import InboxSpeaker
from campaigns.channels.sms import SmsSpeaker
from campaigns.channels.wecom.speaking import WecomSpeaker

CHANNELS: Mapping[str, ChannelSpeaker] = {
    speaker.key: speaker for speaker in (InboxSpeaker(), SmsSpeaker(), WecomSpeaker(), EmailSpeaker())
}
