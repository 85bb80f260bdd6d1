"""Files for those who lead stores: a month of guides, of stores, or the sales owed to guides.

Members appear by code and masked number alone, as in every file of headquarters. There is a limit per person and day,
and of rows. Whoever hands a file out first writes down who took it and why (workbench.filestaken).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Attribution, WorkMonth
from campaigns.work.reading import of_stores
from stores import tablefiles
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import Staff, Store
from stores.places import end_of_day, start_of_day, zone_of
from stores.policy import define

PER_DAY = define(
    "exports.per_day", 20, gettext_lazy("Files that a store or area manager may take a day"), minimum=0, maximum=500
)
MOST_ROWS = define(
    "exports.most_rows", 5000, gettext_lazy("Rows of a file of a store or area manager"), minimum=1, maximum=50_000
)


class What(models.TextChoices):
    """What a file is of."""

    GUIDES = "guides", gettext_lazy("Guides of the store")
    STORES = "stores", gettext_lazy("Stores you lead")
    SALES = "sales", gettext_lazy("Sales owed to guides")


@dataclass(frozen=True)
class File:
    """A file to hand out."""

    name: str
    content_type: str
    content: bytes
    rows: int


def make(what: str, store: Store, month: date, kind: str, *, by: Staff) -> File:
    """A file of what ``by`` leads; nothing is written down here.

    Raises NotAllowed for whoever leads nothing, NotFound for a store that is not theirs, Refusal ``unknown_file`` or
    ``too_many_rows``.
    """
    if not (by.leads_store or by.region_path):
        raise NotAllowed(_("Files are for those who lead stores."), code="not_a_leader")
    if not Store.objects.visible_to(by).filter(pk=store.pk).exists():
        raise NotFound(_("This store is not among those you lead."))
    if what not in What.values or kind not in tablefiles.TYPES:
        raise Refusal(_("Choose what the file is of."), code="unknown_file")
    head, rows = TABLES[what](store, month, by)
    if len(rows) > MOST_ROWS.value:
        text = _("A file has at most %(limit)s rows. Choose a shorter span or one store.")
        raise Refusal(text % {"limit": f"{MOST_ROWS.value:,}"}, code="too_many_rows")
    content = tablefiles.written([head, *rows], kind)
    return File(f"{what}-{month:%Y%m}-{store.code}.{kind}", tablefiles.TYPES[kind], content, len(rows))


Rows = tuple[Sequence[Any], list[Sequence[Any]]]


def _guides(store: Store, month: date, by: Staff) -> Rows:
    rows = WorkMonth.objects.visible_to(by).filter(store=store, month=month, guide__isnull=False)
    found = rows.select_related("guide").order_by("guide__name", "guide")
    return _heads(_("Guide"), _("Employee number")), [
        (one.guide.name if one.guide else "", one.guide.employee_no if one.guide else "", *_figures(one))
        for one in found[: MOST_ROWS.value + 1]
    ]


def _stores(store: Store, month: date, by: Staff) -> Rows:
    found = of_stores(by, month)[: MOST_ROWS.value + 1]
    return _heads(_("Store"), _("Code")), [(one.store.name, one.store.code, *_figures(one)) for one in found]


def _sales(store: Store, month: date, by: Staff) -> Rows:
    zone = zone_of(store)
    until = end_of_day(store, (month + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    rows = Attribution.objects.visible_to(by).filter(
        store=store, guide__isnull=False, ordered_at__gte=start_of_day(store, month), ordered_at__lt=until
    )
    found = rows.select_related("guide", "member").order_by("ordered_at", "pk")[: MOST_ROWS.value + 1]
    head = (_("Ordered at"), _("Guide"), _("Member code"), _("Phone"), _("Because of"), _("Amount"))
    return head, [
        (
            f"{timezone.localtime(one.ordered_at, zone):%Y-%m-%d %H:%M}",
            one.guide.name if one.guide else "",
            one.member.code,
            one.member.phone_masked,
            one.get_kind_display(),
            float(one.amount),
        )
        for one in found
    ]


TABLES: dict[str, Callable[[Store, date, Staff], Rows]] = {
    What.GUIDES: _guides,
    What.STORES: _stores,
    What.SALES: _sales,
}


def _heads(*first: str) -> Sequence[str]:
    return (
        *first, _("Members"), _("New members"), _("Tasks done"), _("Tasks"), _("Members reached"), _("Coupons sent"),
        _("Used of them"), _("Used, at least %"), _("Used, at most %"), _("Sales with a coupon"),
        _("Sales after a message"),
    )  # fmt: skip


def _figures(one: WorkMonth) -> Sequence[Any]:
    return (
        one.members, one.new_members, one.tasks_done, one.tasks_total, one.reached, one.sent, one.used,
        _percent(one.low), _percent(one.high), float(one.direct), float(one.followed),
    )  # fmt: skip


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 1)
