"""The channels that messages leave through, each in a module of its own. A new one is a module and a line here."""

from collections.abc import Mapping

from campaigns.channels.base import ChannelSpeaker
from campaigns.channels.inbox import InboxSpeaker

CHANNELS: Mapping[str, ChannelSpeaker] = {speaker.key: speaker for speaker in (InboxSpeaker(),)}
