"""Recruiting for partners: POST /channel-codes/{code}/scan/, POST /referrals/, GET /members/{id}/referrals/."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import ChannelCode, CodeKind, Referral, ReferralState, VoidReason
from campaigns.recruiting import codes, counting, referring
from campaigns.recruiting.joining import device_mark
from members import reach
from members.api.naming import NamesMember, member_of, readable
from members.naming import nobody
from stores import partners
from stores.api.fields import MomentField, PublicIdField, WordField
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.models import Scope


class ScanBody(serializers.Serializer):
    """Who scanned."""

    visitor = WordField(
        max_length=120,
        help_text="Whatever you tell visitors apart by: an open id, a device. The same one counts once a day; only a "
        "hash of it is kept, for a few days.",
    )


class ChannelCodeSerializer(serializers.ModelSerializer):
    """What a code stands for: send `source`, `store` and `guide` with the sign-up (`POST /members/`)."""

    kind = serializers.ChoiceField(CodeKind.choices)
    store = serializers.CharField(source="store.code", allow_null=True, default=None, help_text="Code of the store.")
    guide = serializers.SerializerMethodField(help_text="Employee number of the guide, or null.")
    path = serializers.SerializerMethodField(help_text="Where our own sign-up page is, below our address.")
    counted = serializers.BooleanField(help_text="Whether the visitor is new today.")

    class Meta:
        model = ChannelCode
        fields = ("code", "kind", "name", "source", "store", "guide", "path", "counted")

    def get_guide(self, code: ChannelCode) -> str | None:
        """Whoever looks after those who sign up."""
        guide = codes.guide_of(code)
        return guide.employee_no if guide else None

    def get_path(self, code: ChannelCode) -> str:
        """The page behind the code."""
        return codes.path(code.code)


class CodeScanView(PartnerView):
    """Somebody scanned a channel code in the partner's own application."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = ChannelCodeSerializer
    queryset = ChannelCode.objects.none()

    @extend_schema(
        operation_id="scanChannelCode",
        summary="Count a scan of a channel code",
        tags=["Recruiting"],
        request=ScanBody,
        responses={
            200: ChannelCodeSerializer,
            404: OpenApiResponse(ProblemSerializer, "Codes: `channel_code_not_found`."),
            422: OpenApiResponse(ProblemSerializer, "Codes: `channel_code_ended`."),
        },
        examples=[
            OpenApiExample("a mini-program", value={"visitor": "oGZUI0egBJY1zhBYw2KhdUfwVJJE"}, request_only=True),
            example(422, "channel_code_ended", "此码已停用，请向门店索取新的。"),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """What the code stands for. The same visitor counts once a day, however often you call."""
        given = self.read(ScanBody)
        found = codes.live(code)
        limits = partners.store_ids(self.key)
        if limits and found.store_id is not None and found.store_id not in limits:
            raise codes.unknown()
        counted = counting.count_scan(found, f"{self.key.partner_id}:{given['visitor']}")
        return Response(ChannelCodeSerializer(_with(found, counted)).data)


class ReferralBody(NamesMember):
    """A friend, and the code of whoever invited them."""

    code = WordField(max_length=40, help_text="Invite code of the inviter.")
    device = WordField(
        max_length=120,
        required=False,
        help_text="What you know the friend's phone by, as with other referrals; only a hash of it is kept.",
    )


class ReferralSerializer(serializers.ModelSerializer):
    """A referral as it stands. Whoever invited is not named."""

    id = PublicIdField("ref")
    state = serializers.ChoiceField(ReferralState.choices)
    reason = serializers.CharField(
        help_text="Why it is void: " + ", ".join(f"`{value}`" for value in VoidReason.values) + "; else empty."
    )
    created_at = MomentField()
    order_until = MomentField(source="due_at", help_text="The friend's first order counts until then.")
    rewarded_at = MomentField(allow_null=True)

    class Meta:
        model = Referral
        fields = ("id", "state", "reason", "created_at", "order_until", "rewarded_at")


class ReferralView(PartnerView):
    """A friend came by an invitation."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = ReferralSerializer
    queryset = Referral.objects.none()

    @extend_schema(
        operation_id="createReferral",
        summary="A friend came by an invite code",
        tags=["Recruiting"],
        request=ReferralBody,
        responses={
            201: OpenApiResponse(ReferralSerializer, "Noted. Both are rewarded after the friend's first order."),
            200: OpenApiResponse(ReferralSerializer, "Noted before; how it stands now."),
            404: OpenApiResponse(ProblemSerializer, "Codes: `invite_code_not_found`, `member_not_found`."),
            409: OpenApiResponse(ProblemSerializer, "Codes: `already_referred`, `idempotency_in_flight`."),
            422: OpenApiResponse(
                ProblemSerializer,
                "Codes: `self_referral` (`why`: `same_person`, `same_device`, `same_address`), `friend_not_new`, "
                "`no_programme`, `idempotency_key_reused`.",
            ),
        },
        examples=[
            OpenApiExample("a friend", value={"code": "R7KM2Q4T", "identity": "phone:13812345678"}, request_only=True),
            example(422, "self_referral", "不能邀请自己。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Sign the friend up first (`POST /members/`), then name them here. The same again changes nothing."""
        given = self.read(ReferralBody)
        inviter = referring.inviter_of(given["code"])
        friend = member_of(given)
        if not reach.reads(friend, partners.store_ids(self.key)):
            raise nobody()
        referral, is_new = referring.refer(inviter, friend, device=device_mark(given.get("device", "")))
        return Response(ReferralSerializer(referral).data, status=201 if is_new else 200)


class InvitationsSerializer(serializers.Serializer):
    """A member's invite code, and how the friends stand who came by it."""

    code = serializers.CharField(help_text="Show it as it is, or as a QR code of our address and `path`.")
    path = serializers.CharField(help_text="The sign-up page behind it, below our address.")
    results = ReferralSerializer(many=True, help_text="The latest fifty.")


class MemberReferrals(PartnerView):
    """What a member invites with, and what came of it."""

    scopes = {"GET": Scope.RECRUIT}
    serializer_class = InvitationsSerializer
    queryset = Referral.objects.none()

    @extend_schema(
        operation_id="listReferrals",
        summary="Invite code and referrals of a member",
        tags=["Recruiting"],
        responses=InvitationsSerializer,
    )
    def get(self, request: Request, member: str) -> Response:
        """The code is made when it is first asked for, and stays. Friends are not named."""
        found = readable(self.key, member)
        code = referring.code_of(found).code
        rows = Referral.objects.filter(inviter=found).order_by("-pk")[:50]
        told: dict[str, Any] = {"code": code, "path": codes.path(code), "results": rows}
        return Response(InvitationsSerializer(told).data)


def _with(code: ChannelCode, counted: bool) -> ChannelCode:
    vars(code)["counted"] = counted
    return code
