"""What WeCom was told about customers: which tags they carry there, and what is still to be told."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member
from stores.scope import ByMember, ScopedModel


class WecomCustomer(ScopedModel):
    """A member as WeCom knows them: the ``tags`` (ids there) that they carry at a ``guide``.

    ``due_at`` is when the difference is to be carried over, empty when there is none; ``wish`` counts the changes, so
    that one which comes meanwhile is not taken for told. ``since`` is when the oldest untold change was made,
    ``reason`` why the last attempt came to nothing.
    """

    member = models.OneToOneField(Member, models.CASCADE, related_name="+", verbose_name=_("member"))
    guide = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("guide"), db_index=False
    )
    tags = ArrayField(models.CharField(max_length=64), verbose_name=_("tags in WeCom"), default=list)
    wants_remark = models.BooleanField(_("name to be written"), default=False)
    wish = models.PositiveIntegerField(_("changes"), default=1)
    due_at = models.DateTimeField(_("due at"), null=True)
    since = models.DateTimeField(_("waits since"))
    attempt = models.PositiveSmallIntegerField(_("attempts"), default=0)
    reason = models.CharField(_("why not"), max_length=40, blank=True, default="")
    told_at = models.DateTimeField(_("told at"), null=True)

    scope = ByMember()

    class Meta:
        verbose_name = _("customer in WeCom")
        verbose_name_plural = _("customers in WeCom")
        ordering = ("-pk",)
        indexes = (models.Index(fields=["due_at"], name="wecom_due", condition=Q(due_at__isnull=False)),)

    def __str__(self) -> str:
        return f"{self.member_id}"
