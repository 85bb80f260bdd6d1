"""The tier of a member on their page in the admin: why, what is missing, what happens when, and the history."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from members.models import Member, MemberState
from members.tiering import tiers


class TierStory:
    """The field ``tier_story``, with a way to give a tier by hand."""

    @admin.display(description=_("Tier: why, and what happens when"))
    def tier_story(self, member: Member) -> str:
        """The one explanation, as headquarters read it."""
        if member.state != MemberState.ACTIVE:
            return "—"
        give = f"{reverse('admin:members_tiergrant_add')}?{urlencode({'member': member.code})}"
        return render_to_string("members/hq/_tier_story.html", {"tier": tiers.explain_tier(member), "give_url": give})
