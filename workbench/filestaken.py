"""The audit of files that managers take: who, what, how many rows, what for; written down before the file leaves."""

from datetime import date

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import WorkMonth
from campaigns.work import exporting
from campaigns.work.exporting import PER_DAY, File, What
from stores.errors import Refusal
from stores.masking import masked
from stores.models import Staff, Store
from stores.places import start_of_day, zone_of

LONGEST = 200


def take(what: str, store: Store, month: date, kind: str, *, reason: str, by: Staff) -> File:
    """Make a file and write down who took it, for headquarters to read (campaigns.admin.work).

    Raises as ``exporting.make``, and Refusal ``no_reason`` or ``too_many_files``.
    """
    reason = masked(" ".join(reason.split()))[:LONGEST]
    if not reason:
        raise Refusal(_("Say what the file is for. Headquarters reads it."), code="no_reason")
    file = exporting.make(what, store, month, kind, by=by)
    with transaction.atomic():
        # the person's row is held, so that two taps at the last file of a day take one
        Staff.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
        if taken_today(by) >= PER_DAY.value:
            text = _("You have taken %(limit)s files today. Ask headquarters if you need more.")
            raise Refusal(text % {"limit": PER_DAY.value}, code="too_many_files")
        LogEntry.objects.create(
            user=by, content_type=_table(), object_id=what, action_flag=CHANGE,
            object_repr=f"{What(what).label} · {store.name} · {month:%Y-%m} · {kind} · {file.rows}"[:200],
            change_message=reason,
        )  # fmt: skip
    return file


def taken_today(by: Staff) -> int:
    """How many files somebody has taken today."""
    since = start_of_day(by.store, timezone.localdate(timezone=zone_of(by.store)))
    return LogEntry.objects.filter(user=by, content_type=_table(), action_time__gte=since).count()


def _table() -> ContentType:
    return ContentType.objects.get_for_model(WorkMonth)
