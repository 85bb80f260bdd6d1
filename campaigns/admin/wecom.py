"""What WeCom was told about customers, and what is still to be told, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from campaigns.models import WecomCustomer
from campaigns.touches import reasons
from stores.admin.base import ReadOnlyAdmin


@admin.register(WecomCustomer)
class WecomCustomerAdmin(ReadOnlyAdmin):
    """Customers in WeCom: how many tags they carry there, what waits, and why it came to nothing."""

    when_empty = _("Nothing was told yet. Settings switch it on: wecom.push_tags, wecom.push_remarks.")
    list_display = ("member", "guide", "carries", "due_at", "attempt", "why", "told_at")
    list_select_related = ("member", "guide")
    search_fields = ("member__code", "guide__name__startswith")
    search_help_text = _("Member code or guide's name")

    @admin.display(description=_("tags"))
    def carries(self, row: WecomCustomer) -> int:
        """How many of our tags the customer carries there."""
        return len(row.tags)

    @admin.display(description=_("why not"))
    def why(self, row: WecomCustomer) -> str:
        """Why the last attempt came to nothing, in words."""
        return reasons.said(row.reason)
