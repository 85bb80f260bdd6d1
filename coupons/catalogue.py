"""The catalogue of coupon templates: made, given new terms, opened, stopped. Terms are versions and never change."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons import approvals
from coupons.approvals import publish
from coupons.budgets import spent_in_all
from coupons.drafts import TermsDraft, to_terms
from coupons.errors import refuse
from coupons.kinds.words import last_day
from coupons.models import CouponTemplate, CouponTerms, TemplateState
from stores.errors import Conflict, Refusal
from stores.models import Staff, Store
from stores.places import business_day, end_of_day, start_of_day, zone_of

__all__ = ["HEAD_FIELDS", "change_template", "create_template", "in_use", "publish", "revise_terms", "stop", "validity",
           "validity_by_zone"]  # fmt: skip

HEAD_FIELDS = (
    "name",
    "stock",
    "member_limit",
    "member_period_limit",
    "member_period",
    "budget",
    "points_price",
    "open_to_guides",
    "open_to_sharing",
    "guide_month_quota",
    "cost_owner",
)


def create_template(
    *,
    name: str,
    terms: TermsDraft,
    stock: int | None = None,
    member_limit: int | None = None,
    member_period_limit: int | None = None,
    member_period: str = "",
    budget: Decimal | None = None,
    points_price: int | None = None,
    open_to_guides: bool = False,
    open_to_sharing: bool = False,
    guide_month_quota: int = 20,
    cost_owner: str = "",
    by: Staff | None,
) -> CouponTemplate:
    """A new template in draft with version 1 of its terms. Raises TermsContradict, or Refusal for bad limits."""
    head = {
        "name": name.strip(),
        "stock": stock,
        "member_limit": member_limit,
        "member_period_limit": member_period_limit,
        "member_period": member_period,
        "budget": budget,
        "points_price": points_price,
        "open_to_guides": open_to_guides,
        "open_to_sharing": open_to_sharing,
        "guide_month_quota": guide_month_quota,
        "cost_owner": cost_owner,
    }
    _check_head(head)
    row = to_terms(terms)
    with transaction.atomic():
        template = CouponTemplate.objects.create(**head, created_by=by)
        _add_version(template, row, 1)
    return template


def revise_terms(template: CouponTemplate, terms: TermsDraft, *, by: Staff | None) -> CouponTerms:
    """The next version of the terms; otherwise as ``change_template``."""
    revised = change_template(template, by=by, terms=terms).terms
    if revised is None:
        raise ValueError("a template without terms")
    return revised


def change_template(
    template: CouponTemplate, *, by: Staff | None, terms: TermsDraft | None = None, **changes: Any
) -> CouponTemplate:
    """Change what lies outside the terms (name, stock, limits, budget, whether guides may send it), and add a version
    of the terms if they are given; coupons in wallets keep what they were issued with.

    With new terms, or more stock or budget than was approved, an active template above coupons.approval_above waits
    until somebody else approves. Raises TermsContradict, and Refusal when stock or budget would fall below what is
    already gone.
    """
    unknown = set(changes) - set(HEAD_FIELDS)
    if unknown:
        raise TypeError(f"not part of a template: {sorted(unknown)}")
    row = to_terms(terms) if terms is not None else None
    with transaction.atomic():
        # The strong lock waits for every redemption under way, so the budget counts from a sum that is complete.
        held = CouponTemplate.objects.select_for_update().get(pk=template.pk)
        _check_head({name: changes.get(name, getattr(held, name)) for name in HEAD_FIELDS}, issued=held.issued)
        if "budget" in changes and (changes["budget"] is None) != (held.budget is None):
            held.budget_used = Decimal(0) if changes["budget"] is None else spent_in_all(held.pk)
        raised = row is not None or any(
            _is_more(changes.get(name, 0), getattr(held, name)) for name in ("stock", "budget")
        )
        for name, value in changes.items():
            setattr(held, name, value)
        if held.budget is not None and held.budget < held.budget_used:
            raise Refusal(
                _("¥%(used)s of the budget is already used.") % {"used": held.budget_used}, code="budget_too_small"
            )
        if row is not None:
            _add_version(held, row, 1 + max(held.versions.values_list("version", flat=True), default=0))
        approvals.after_change(held, raised=raised, by=by)
        held.save(update_fields=[*changes, "budget_used", *approvals.STANDING])
    template.refresh_from_db()
    return template


def stop(template: CouponTemplate, by: Staff | None) -> CouponTemplate:
    """Issue no more; what is in wallets stays good. Raises Conflict unless it is active."""
    active = CouponTemplate.objects.filter(pk=template.pk, state=TemplateState.ACTIVE)
    if not active.update(state=TemplateState.STOPPED, updated_at=Now()):
        raise Conflict(_("The coupon is not in a state that allows this."), code="template_state")
    template.refresh_from_db()
    return template


def in_use() -> QuerySet[CouponTemplate]:
    """The templates that are or were in use, for those outside headquarters: no drafts, and nothing that waits for its
    first approval."""
    unfinished = (TemplateState.DRAFT, TemplateState.PENDING)
    return CouponTemplate.objects.exclude(state__in=unfinished, issued=0)


def validity(terms: CouponTerms, at: datetime, store: Store | None) -> tuple[datetime, datetime]:
    """From when until when (exclusive) a coupon issued at ``at`` is valid, in the calendar of the member's store.

    Days are business days: a coupon of 7 days issued at noon ends at the seventh midnight. Two dates mean those days of
    the store; a moment that is no midnight stays what it is.
    """
    if terms.valid_days is None:
        return _in_calendar(terms.valid_from, store), _in_calendar(terms.valid_until, store)
    first = business_day(store, at) + timedelta(days=terms.start_after_days)
    begins = start_of_day(store, first) if terms.start_after_days else at
    return begins, end_of_day(store, first + timedelta(days=terms.valid_days - 1))


def validity_by_zone(terms: CouponTerms, at: datetime) -> dict[str, Any]:
    """Validity per time zone of the stores, as parallel lists for SQL; ``zone`` is that of members without a store.

    Raises CouponRefused (terms_ended) when it is over everywhere.
    """
    homes = {store.time_zone: store for store in Store.objects.order_by("time_zone").distinct("time_zone")}
    default = str(zone_of(None))
    windows = {zone: validity(terms, at, store) for zone, store in homes.items()}
    windows.setdefault(default, validity(terms, at, None))
    ends = max(until for _start, until in windows.values())
    if ends <= at:
        raise refuse("terms_ended", words={"date": last_day(ends)}, until=ends)
    starts, untils = zip(*windows.values(), strict=True)
    return {"zone": default, "zones": list(windows), "starts": list(starts), "ends": list(untils)}


def _in_calendar(moment: datetime | None, store: Store | None) -> datetime:
    """The midnight of the same day in the store's time zone, for a moment that is a midnight in the chain's."""
    if moment is None:
        raise ValueError("terms without an end")
    local = moment.astimezone(zone_of(None))
    return start_of_day(store, local.date()) if local.time() == time.min else moment


def _add_version(template: CouponTemplate, row: CouponTerms, version: int) -> None:
    row.template, row.version = template, version
    row.save()
    CouponTemplate.objects.filter(pk=template.pk).update(terms=row, updated_at=Now())
    template.terms = row


def _check_head(head: Mapping[str, Any], *, issued: int = 0) -> None:
    if not head["name"].strip():
        raise Refusal(_("Give the coupon a name."), code="name_missing")
    if head["stock"] is not None and head["stock"] < issued:
        raise Refusal(_("%(issued)s are already issued.") % {"issued": issued}, code="stock_too_small")
    for field in ("member_limit", "member_period_limit", "budget", "points_price"):
        if head[field] is not None and head[field] <= 0:
            raise Refusal(_("A limit is more than zero, or empty for none."), code="limit_too_small")
    if (head["member_period_limit"] is None) != (not head["member_period"]):
        raise Refusal(_("A limit per period needs both: how many, and the period."), code="period_incomplete")


def _is_more(new: Decimal | int | None, old: Decimal | int | None) -> bool:
    """Whether a bound was raised; None is no bound at all."""
    return old is not None and (new is None or new > old)
