"""Why a message was put off, held back or turned down, as people say it. Providers may give reasons of their own."""

from django.utils.translation import gettext_lazy as _

REASONS = {
    "cap_day": _("Contacted often enough today"),
    "cap_month": _("Contacted often enough in 30 days"),
    "outbid": _("Another message is worth more today"),
    "quiet_hours": _("Quiet hours"),
    "channel_off": _("The channel is not set up"),
    "source_paused": _("The journey is paused"),
    "member_merged": _("The member is being merged"),
    "no_consent": _("Has not agreed to this channel"),
    "no_address": _("No address for this channel"),
    "no_guide": _("No guide who could confirm it"),
    "no_words": _("Nothing left to say"),
    "words_failed": _("The words could not be made"),
    "member_gone": _("The member was erased"),
    "message_off": _("The message is switched off"),
    "coupon_gone": _("The coupon was used or is no longer valid"),
    "holdout": _("Control group"),
    "goal_reached": _("Reached the goal before"),
    "source_ended": _("The campaign or journey has ended"),
    "stale": _("Its time is over"),
    "lease_over": _("Ran out of time, tried again"),
    "no_time": _("Ran out of time, tried again"),
    "not_reached": _("The provider could not be reached"),
    "broken_off": _("The connection broke off"),
    "not_told": _("The provider said nothing about it"),
    "not_found": _("The provider never took it"),
    "waits_for_guide": _("Waits for the guide to confirm it"),
    "not_confirmed": _("The guide did not confirm it in time"),
    "guide_unknown": _("The guide has no account in WeCom"),
    "not_customer": _("No customer of the guide in WeCom"),
    "had_another": _("Got another one in WeCom already"),
    "wecom_busy": _("WeCom is busy"),
    "worker_lost": _("The worker broke off"),
    "no_answer": _("The provider did not answer"),
    "never_known": _("Never became clear"),
    "gave_up": _("Given up after many attempts"),
    "undone": _("Taken back"),
}


def said(code: str) -> str:
    """The reason in words; a provider's own code stays as it is."""
    return str(REASONS.get(code, code))
