"""GET /coupon-packs/, and how packs that were given look to a partner."""

from typing import Any

import django_filters
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import kinds, packcatalogue, packs, packsteps
from coupons.api.shapes import CouponSerializer, TemplateNameSerializer
from coupons.models import CouponPack, GivenPack, PackItem, PackStep, TemplateState
from stores.api.fields import MomentField, MoneyField, PublicIdField
from stores.api.filters import UpdatedSince
from stores.api.views import PartnerView
from stores.errors import NotFound
from stores.ids import parse_public_id, public_id
from stores.models import Scope


class PackNameSerializer(serializers.Serializer):
    """The pack that a coupon came with."""

    id = PublicIdField("pck")
    name = serializers.CharField()


class PackItemSerializer(serializers.Serializer):
    """``count`` coupons of a template, ``after_days`` business days after the pack."""

    template = TemplateNameSerializer()
    count = serializers.IntegerField()
    after_days = serializers.IntegerField(help_text="0: at once.")


class PackSerializer(serializers.ModelSerializer):
    """A coupon pack: what HQ gives together."""

    id = PublicIdField("pck")
    sentence = serializers.SerializerMethodField(help_text="立即 2 张满60减10，7 天后 1 张试吃")
    value = serializers.SerializerMethodField(help_text="Face value of all its coupons, which your budget must hold.")
    items = PackItemSerializer(many=True)
    created_at = MomentField(read_only=True)
    updated_at = MomentField(read_only=True)

    class Meta:
        model = CouponPack
        fields = ("id", "name", "state", "sentence", "value", "items", "created_at", "updated_at")

    def get_sentence(self, pack: CouponPack) -> str:
        """What it is."""
        return packcatalogue.sentence(pack.items.all())

    @extend_schema_field(MoneyField())
    def get_value(self, pack: CouponPack) -> str:
        """In yuan."""
        return MoneyField().to_representation(packs.value_of(pack.items.all()))


class StepSerializer(serializers.Serializer):
    """One coupon of a given pack: there, still to come (``due_at``), or refused."""

    template = TemplateNameSerializer()
    due_at = MomentField()
    coupon = CouponSerializer(allow_null=True)
    refusal = serializers.SerializerMethodField(help_text="Code of why it was not given; null otherwise.")
    detail = serializers.SerializerMethodField(help_text="The same in words.")

    def get_refusal(self, step: PackStep) -> str | None:
        """Why not."""
        return step.refusal or None

    def get_detail(self, step: PackStep) -> str | None:
        """Why not, to read aloud."""
        return str(packsteps.WHY_NOT.get(step.refusal, step.refusal)) if step.refusal else None


class GivenPackSerializer(serializers.Serializer):
    """A pack that a member was given, coupon by coupon."""

    pack = PackNameSerializer()
    member = serializers.SerializerMethodField(help_text="Id of the member.")
    given_at = MomentField()
    coupons = serializers.SerializerMethodField()

    def get_member(self, given: GivenPack) -> str:
        """The id of the member."""
        return public_id("mem", given.member_id)

    @extend_schema_field(StepSerializer(many=True))
    def get_coupons(self, given: GivenPack) -> Any:
        """Its steps in their order."""
        return StepSerializer(packs.steps_of(given), many=True).data


class ComingSerializer(serializers.Serializer):
    """A coupon of a pack that is still to come."""

    pack = PackNameSerializer(source="given.pack")
    template = TemplateNameSerializer()
    face = serializers.SerializerMethodField(help_text="¥10, 8.5折, 试吃")
    sentence = serializers.SerializerMethodField(help_text="满60减10，领取后 7 天有效")
    due_at = MomentField(help_text="From then on it is given, with the terms of that day.")

    def get_face(self, step: PackStep) -> str:
        """The large print."""
        return kinds.face_text(step.template.terms) if step.template.terms else ""

    def get_sentence(self, step: PackStep) -> str:
        """Everything in one sentence."""
        return kinds.sentence(step.template.terms) if step.template.terms else ""


class PackFilter(UpdatedSince):
    """Packs by state."""

    state = django_filters.ChoiceFilter(choices=TemplateState.choices)

    class Meta:
        model = CouponPack
        fields = ("state",)


class PackList(PartnerView):
    """The coupon packs that are or were in use; drafts are HQ's own business."""

    scopes = {"GET": Scope.COUPONS_READ}
    filterset_class = PackFilter
    serializer_class = PackSerializer
    queryset = CouponPack.objects.exclude(state=TemplateState.DRAFT).prefetch_related(
        Prefetch("items", PackItem.objects.select_related("template__terms"))
    )

    @extend_schema(
        operation_id="listCouponPacks",
        summary="List coupon packs",
        tags=["Programme"],
        responses=PackSerializer(many=True),
    )
    def get(self, request: Request, *args: Any) -> Response:
        """Packs by id, with what they consist of now. Packs that members were given stay as they were."""
        return self.page(self.get_queryset(), PackSerializer)


def pack_named(named: str) -> CouponPack:
    """The pack of an id. Raises NotFound ``pack_not_found``, for drafts as well."""
    try:
        pk = parse_public_id("pck", named)
    except NotFound:
        pk = 0
    pack = CouponPack.objects.exclude(state=TemplateState.DRAFT).filter(pk=pk).first()
    if pack is None:
        raise NotFound(_("There is no such coupon pack."), code="pack_not_found", extra={"field": "pack"})
    return pack
