"""The second person: what may give away more than a limit is let go by somebody else than its maker.

What a template may cost is counted from its stock and its budget. Without either it may give away without end, and a
second person is asked for as well (``coupons.approve_unbounded``). An approval is for what was approved: new terms, or
more stock or budget, need another one, and until then nothing more is issued.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from coupons import kinds
from coupons.models import CouponTemplate, TemplateState
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff
from stores.policy import define

ABOVE = define(
    "coupons.approval_above",
    100_000,
    _("Yuan above which somebody else approves what coupons may give away"),
    minimum=0,
)
UNBOUNDED = define(
    "coupons.approve_unbounded", True, _("Somebody else approves coupons that neither a stock nor a budget bounds")
)


def exposure(template: CouponTemplate) -> Decimal | None:
    """What the coupons of a template may give away at most, in yuan: its budget, or its stock at face value if that is
    less. None when neither bounds it."""
    face = kinds.face_value(template.terms) if template.terms else Decimal(0)
    of_stock = face * template.stock if template.stock is not None and face else None
    return min((bound for bound in (template.budget, of_stock) if bound is not None), default=None)


def is_needed(template: CouponTemplate) -> bool:
    """Whether the template may give away so much that a second person decides, and none has for what it is now."""
    return asks_second(template) and template.approved_by_id is None


def asks_second(template: CouponTemplate) -> bool:
    """Whether a template may give away so much, or without end, that somebody else than its maker lets it go."""
    most = exposure(template)
    return most > ABOVE.value if most is not None else is_unbounded(template) and bool(UNBOUNDED.value)


def is_unbounded(template: CouponTemplate) -> bool:
    """Whether nothing bounds what a template may give away: neither a stock nor a budget."""
    return template.stock is None and template.budget is None


def publish(template: CouponTemplate, by: Staff | None) -> CouponTemplate:
    """Let coupons be issued from a draft, or again from a stopped template: at once, or above coupons.approval_above,
    and without bounds, when somebody else has approved it; until then it waits (``pending``). The house asks nobody.

    Raises Conflict ``template_state`` when it is active or waits already.
    """
    with transaction.atomic():
        held = _held(template, TemplateState.DRAFT, TemplateState.STOPPED)
        waits = by is not None and is_needed(held)
        held.state = TemplateState.PENDING if waits else TemplateState.ACTIVE
        if waits:
            held.submitted_by, held.decision_note = by, ""
        held.save(update_fields=["state", "submitted_by", "decision_note", "updated_at"])
    template.refresh_from_db()
    return template


def approve(template: CouponTemplate, *, by: Staff, seen: datetime | None = None) -> CouponTemplate:
    """Let what waits be issued. ``seen`` is when the template that ``by`` looked at was last changed.

    Raises NotAllowed ``second_person_needed`` for whoever made or submitted it, Conflict ``template_state`` when it
    does not wait any more or was changed since.
    """
    return _decide(template, by, seen, {"state": TemplateState.ACTIVE, "approved_by": by, "decision_note": ""})


def send_back(template: CouponTemplate, *, by: Staff, note: str, seen: datetime | None = None) -> CouponTemplate:
    """Make what waits a draft again, with a note for its maker, who may take it back this way too.

    Raises Refusal ``note_missing``, Conflict ``template_state`` as ``approve``.
    """
    if not note.strip():
        raise Refusal(_("Say what is to be changed."), code="note_missing", extra={"field": "note"})
    back: dict[str, Any] = {"state": TemplateState.DRAFT, "approved_by": None, "decision_note": note.strip()[:200]}
    return _decide(template, None, seen, back)


def after_change(held: CouponTemplate, *, raised: bool, by: Staff | None) -> None:
    """Bring a changed template, whose row the caller has locked and will save, in line with what was approved.

    ``raised`` says that it may give away more than before. Whoever changed it last counts as its maker.
    """
    if by is not None:
        held.created_by = by
    if held.state == TemplateState.PENDING:
        held.state = TemplateState.DRAFT  # who approves must see what they approve
    if raised:
        held.approved_by = None
        if by is not None and held.state == TemplateState.ACTIVE and is_needed(held):
            held.state, held.submitted_by, held.decision_note = TemplateState.PENDING, by, ""


STANDING = ("state", "created_by", "submitted_by", "approved_by", "decision_note", "updated_at")
"""The fields that ``after_change`` may have changed."""


def _decide(
    template: CouponTemplate, second: Staff | None, seen: datetime | None, values: dict[str, Any]
) -> CouponTemplate:
    """Carry out a decision in one conditional statement; ``second`` may not be a maker."""
    waiting = CouponTemplate.objects.filter(pk=template.pk, state=TemplateState.PENDING)
    if seen is not None:
        waiting = waiting.filter(updated_at=seen)
    allowed = waiting
    if second is not None:
        allowed = waiting.exclude(Q(created_by=second) | Q(submitted_by=second))
    if not allowed.update(**values, updated_at=Now()):
        if waiting.exists():
            raise NotAllowed(_("Somebody else approves what you entered."), code="second_person_needed")
        raise Conflict(_("It was changed or decided meanwhile. Look at it again."), code="template_state")
    template.refresh_from_db()
    return template


def _held(template: CouponTemplate, *states: TemplateState) -> CouponTemplate:
    rows = CouponTemplate.objects.select_for_update(of=("self",), no_key=True).select_related("terms")
    held = rows.filter(pk=template.pk, state__in=states, terms__isnull=False).first()
    if held is None:
        raise Conflict(_("The coupon is not in a state that allows this."), code="template_state")
    return held
