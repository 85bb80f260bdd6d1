"""Lists of members that somebody brought along as a file; what was in the file is not kept, only whom it led to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models.member import Member
from stores.scope import ByMember, HeadquartersOnly, ScopedModel


class MemberList(ScopedModel):
    """A named list. ``rows`` of the file led to ``found`` members; the rest was unknown, doubled or unreadable.

    ``turned_away`` says for each of these reasons how many rows, and the numbers of the first lines.
    """

    name = models.CharField(_("name"), max_length=80)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    found = models.PositiveIntegerField(_("members found"), default=0)
    unknown = models.PositiveIntegerField(_("rows without a member"), default=0)
    turned_away = models.JSONField(_("rows turned away"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    scope = HeadquartersOnly()

    class Meta:
        verbose_name = _("list of members")
        verbose_name_plural = _("lists of members")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class ListedMember(ScopedModel):
    """A member on a list."""

    member_list = models.ForeignKey(
        MemberList, models.CASCADE, related_name="entries", verbose_name=_("list"), db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))

    scope = ByMember()

    class Meta:
        verbose_name = _("listed member")
        verbose_name_plural = _("listed members")
        constraints = (models.UniqueConstraint(fields=["member_list", "member"], name="listed_once"),)

    def __str__(self) -> str:
        return f"{self.member_list_id} {self.member_id}"
