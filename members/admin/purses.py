"""A member's points on their page: what can be spent, what is frozen or owed, and the lots with their ends."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from members.ledgers.pointlots import purse_of
from members.models import Member


class PurseField:
    """A field for the page of a member."""

    @admin.display(description=_("lots of points"))
    def purse(self, member: Member) -> SafeString:
        """Spendable, frozen, owed, and each lot that has something left."""
        return render_to_string("members/hq/_purse.html", {"member": member, "purse": purse_of(member)})
