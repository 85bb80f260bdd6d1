"""Benefits of a member: what is left of them, a use recorded, a use taken back."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members import benefits
from members.api.naming import readable
from members.benefitkinds import Recorded, quota_text, type_of
from members.benefits import BenefitLeft
from members.models import Benefit, BenefitUse, Member
from members.naming import named
from stores import partners
from stores.api.fields import MomentField, NumberField, PublicIdField, WordField
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.errors import NotFound
from stores.ids import parse_public_id
from stores.models import Scope
from stores.partners import StoreNotAllowed


class BenefitLeftSerializer(serializers.Serializer):
    """A benefit of the member's tier, and what is left of it in this period."""

    id = PublicIdField("ben", source="benefit.pk")
    kind = serializers.CharField(source="benefit.kind")
    title = serializers.CharField(source="benefit.title")
    sentence = serializers.SerializerMethodField(help_text="In words to show: 收银时 9.5折; 新品先尝，每月 2 次.")
    value = serializers.DecimalField(8, 2, source="benefit.value", allow_null=True)
    quota = serializers.IntegerField(source="limit", allow_null=True, help_text="Uses per period; null: no limit.")
    period = serializers.CharField(source="benefit.period")
    recorded = serializers.ChoiceField(
        [(how.value, how.value) for how in Recorded],
        source="kind.recorded",
        help_text="`hand` and `till`: report each use. `itself`: nothing to report.",
    )
    used = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")
    period_ends = serializers.DateField(source="until", allow_null=True, help_text="The last day of the period.")

    def get_sentence(self, left: BenefitLeft) -> str:
        """What it gives and how often."""
        return sentence_of(left.benefit)


class UseBody(serializers.Serializer):
    """What the benefit was used for."""

    reference = NumberField(
        max_length=60, help_text="Your number of the receipt, order or visit. The same again counts once."
    )
    store = WordField(max_length=40, required=False, help_text="Code or id of the store.")
    at = MomentField(required=False, help_text="When, if not now.")


class BenefitUseSerializer(serializers.Serializer):
    """One use. ``taken_back_at`` is null while it counts."""

    benefit = PublicIdField("ben", source="benefit_id")
    reference = serializers.SerializerMethodField()
    period = serializers.DateField(help_text="The first day of the period whose quota it counts against.")
    used_at = MomentField()
    taken_back_at = MomentField(allow_null=True)
    left = serializers.SerializerMethodField(help_text="What is left of the benefit now; null: no limit.")

    def get_reference(self, use: BenefitUse) -> str:
        """The reference as the partner gave it."""
        return use.reference.partition(":")[2]

    def get_left(self, use: BenefitUse) -> int | None:
        """What remains, of the tier held now."""
        found = (one for one in benefits.left_of(use.member) if one.benefit.pk == use.benefit_id)
        return next((one.left for one in found), 0)


ERRORS = {
    404: OpenApiResponse(ProblemSerializer, "Codes: `member_not_found`, `benefit_not_found`, `benefit_use_not_found`."),
    422: OpenApiResponse(
        ProblemSerializer,
        "Codes: `benefit_used_up` (`used`, `limit`, `again_on`), `benefit_not_held`, `benefit_works_by_itself`, "
        "`future_date`, `idempotency_key_reused`.",
    ),
}


class MemberBenefits(PartnerView):
    """What the tier gives the member."""

    scopes = {"GET": Scope.MEMBERS_READ}
    serializer_class = BenefitLeftSerializer
    queryset = Benefit.objects.filter(is_active=True)

    @extend_schema(
        operation_id="listMemberBenefits",
        summary="Benefits of the member's tier, and what is left of them",
        tags=["Members"],
        responses=BenefitLeftSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """The active benefits of the tier that the member holds now, with what was used of them in this period."""
        found = readable(self.key, member)
        page = self.paginate_queryset(self.get_queryset().filter(tier=found.tier_id))
        left = {one.benefit.pk: one for one in benefits.left_of(found)}
        rows = [left[benefit.pk] for benefit in page if benefit.pk in left]
        return self.get_paginated_response(BenefitLeftSerializer(rows, many=True).data)


class BenefitUses(PartnerView):
    """Report that a member used a benefit."""

    scopes = {"POST": Scope.COUPONS_REDEEM}
    serializer_class = BenefitUseSerializer

    @extend_schema(
        operation_id="useBenefit",
        summary="Record the use of a benefit",
        tags=["Members"],
        request=UseBody,
        responses={200: BenefitUseSerializer, **ERRORS},
        examples=[
            OpenApiExample(
                "free shipping of an order",
                value={"reference": "20261122-0001", "store": "HZ01"},
                request_only=True,
            ),
            example(422, "benefit_used_up", "已用完：4 / 4 次。2026-12-01 起可再用。"),
        ],
    )
    def post(self, request: Request, member: str, benefit: str) -> Response:
        """One use for one receipt, order or visit. The same reference again is the same use and changes nothing."""
        given = self.read(UseBody)
        found = named(member)
        store = self.store_named(given["store"]) if "store" in given else None
        use = benefits.use(
            found, benefit_of(benefit), reference=reference_of(self, given["reference"]), store=store,
            at=given.get("at"),
        )  # fmt: skip
        return shown(use, found)


class BenefitUseDetail(PartnerView):
    """One use, by its reference."""

    scopes = {"DELETE": Scope.COUPONS_REDEEM}
    serializer_class = BenefitUseSerializer

    @extend_schema(
        operation_id="takeBackBenefit",
        summary="Take back the use of a benefit",
        tags=["Members"],
        responses={200: BenefitUseSerializer, 404: ERRORS[404]},
    )
    def delete(self, request: Request, member: str, benefit: str, reference: str) -> Response:
        """The receipt was cancelled: the use counts no more. A second time changes nothing."""
        found = named(member)
        use = benefits.find_use(found, benefit_of(benefit).pk, reference_of(self, reference))
        limits = partners.store_ids(self.key)
        if limits and use.store_id not in limits:
            raise StoreNotAllowed(partners.NOT_THIS_STORE)
        return shown(benefits.take_back(use), found)


def benefit_of(public_id: str) -> Benefit:
    """Raises NotFound ``benefit_not_found``."""
    try:
        pk = parse_public_id("ben", public_id)
    except NotFound:
        pk = 0
    benefit = Benefit.objects.filter(pk=pk).select_related("tier").first()
    if benefit is None:
        raise NotFound(_("There is no such benefit."), code="benefit_not_found")
    return benefit


def reference_of(view: PartnerView, reference: str) -> str:
    """What a use of this partner is called here: two partners may count their receipts alike."""
    return f"p{view.key.partner_id}:{reference}"


def sentence_of(benefit: Benefit) -> str:
    """What it gives, and how often."""
    often = quota_text(benefit)
    says = type_of(benefit).sentence(benefit)
    return str(_("%(what)s, %(often)s") % {"what": says, "often": often}) if often else says


def shown(use: BenefitUse, member: Member) -> Response:
    """The use as it stands, with what is left."""
    use.member = member
    data: Any = BenefitUseSerializer(use).data
    return Response(data)
