"""Publishing a promotion, ending it, and making a draft of it again."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import MemberDayState, Promotion, PromotionState
from campaigns.promotions.contradictions import require_sound
from stores.errors import Conflict, NotAllowed, Refusal
from stores.models import Staff
from stores.policy import define

SECOND_PERSON = define("promotions.second_person", True, _("A promotion is published by somebody else than its maker"))
COPIED = (
    *("kind", "params", "starts_at", "ends_at", "weekdays", "hour_from", "hour_until", "member_day", "store_ids"),
    *("excluded_store_ids", "channels", "tier_ids", "members_only", "skus", "category_ids", "excludes"),
    *("stack_group", "stock", "member_limit", "cost_owner"),
)


def save_draft(promotion: Promotion, *, by: Staff | None = None) -> Promotion:
    """Keep a draft as it is in hand; whoever saved it last counts as its maker.

    Raises PromotionContradicts, Conflict ``promotion_state`` when somebody has published it meanwhile.
    """
    require_sound(promotion)
    promotion.created_by = by
    with transaction.atomic():
        if promotion.pk is not None:
            _held(promotion, PromotionState.DRAFT, _("Only a draft can be changed."))
            promotion.save(update_fields=["name", "created_by", *COPIED])
        else:
            promotion.save()
    return promotion


def publish(promotion: Promotion, *, by: Staff | None = None) -> Promotion:
    """Let a draft hold from its beginning on, or from now when that has passed.

    Raises PromotionContradicts, Refusal ``promotion_over`` or ``member_day_not_published``, NotAllowed
    ``second_person_needed`` when ``by`` entered it themselves, Conflict ``promotion_state`` when it is no draft.
    """
    now = timezone.now()
    with transaction.atomic():
        held = _held(promotion, PromotionState.DRAFT, _("Only a draft can be published."))
        require_sound(held)
        if held.ends_at is not None and held.ends_at <= now:
            raise Refusal(_("Its end lies in the past."), code="promotion_over")
        if held.member_day is not None and held.member_day.state != MemberDayState.PUBLISHED:
            raise Refusal(_("Its member day is not published."), code="member_day_not_published")
        if SECOND_PERSON.value and by is not None and held.created_by_id == by.pk:
            raise NotAllowed(_("Somebody else publishes what you entered."), code="second_person_needed")
        held.state, held.published_at, held.published_by = PromotionState.PUBLISHED, now, by
        held.save(update_fields=["state", "published_at", "published_by"])
    promotion.refresh_from_db()
    return promotion


def end(promotion: Promotion, *, by: Staff | None = None) -> Promotion:
    """Stop a promotion now; orders paid before keep it, also those that arrive later.

    Raises Conflict ``promotion_state`` unless it is published.
    """
    with transaction.atomic():
        held = _held(promotion, PromotionState.PUBLISHED, _("Only a published promotion can be ended."))
        held.state, held.ended_at = PromotionState.ENDED, timezone.now()
        held.save(update_fields=["state", "ended_at"])
    promotion.refresh_from_db()
    return promotion


def copy(promotion: Promotion, *, by: Staff | None = None) -> Promotion:
    """A draft with the same content, to be changed and published as another promotion."""
    content = {name: getattr(promotion, name) for name in COPIED}
    name = _("%(name)s (copy)") % {"name": promotion.name}
    return Promotion.objects.create(name=str(name)[:80], created_by=by, **content)


def _held(promotion: Promotion, state: PromotionState, otherwise: object) -> Promotion:
    rows = Promotion.objects.select_for_update(of=("self",), no_key=True).select_related("member_day")
    held = rows.filter(pk=promotion.pk, state=state).first()
    if held is None:
        raise Conflict(otherwise, code="promotion_state")
    return held
