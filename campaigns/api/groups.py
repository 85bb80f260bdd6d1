"""Store groups for the mini-program: join, leave, what is posted, and claims."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import GroupMembership, GroupPost, GroupState, JoinSource, PostState, StoreGroup
from campaigns.spreading import claims, groups
from coupons.api.shapes import CouponSerializer
from coupons.models import Coupon
from members.api.naming import NamesMember, member_of
from stores import partners
from stores.api.fields import MomentField, PublicIdField
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView, shared
from stores.errors import NotFound
from stores.ids import parse_public_id, public_id
from stores.models import PartnerKey, Scope

POST = "pst"


class GroupSerializer(serializers.Serializer):
    """A store group."""

    id = PublicIdField("grp")
    name = serializers.CharField()
    store = serializers.SerializerMethodField(help_text="Id of the store.")
    owner = serializers.CharField(source="owner.given_name", help_text="Who keeps it, as customers know them.")
    address = serializers.CharField(help_text="Where the group is in WeCom; empty when nobody said.")
    members = serializers.IntegerField(help_text="How many belong to it now.")

    def get_store(self, group: StoreGroup) -> str:
        """The id of the store."""
        return public_id("sto", group.store_id)


class JoinBody(NamesMember):
    """Who joins, and how they came."""

    source = serializers.ChoiceField(JoinSource.choices, default=JoinSource.CODE)


class MembershipSerializer(serializers.Serializer):
    """A member in a group."""

    group = GroupSerializer()
    member = serializers.SerializerMethodField(help_text="Id of the member.")
    source = serializers.ChoiceField(JoinSource.choices)
    joined_at = MomentField()
    left_at = MomentField(allow_null=True, help_text="Null while they belong to it.")

    def get_member(self, row: GroupMembership) -> str:
        """The id of the member."""
        return public_id("mem", row.member_id)


class PostSerializer(serializers.Serializer):
    """What is offered in a group: a product to reserve or a coupon to take."""

    id = PublicIdField(POST)
    text = serializers.CharField(help_text="Plain text: show it as it is, never as HTML.")
    sku = serializers.CharField(source="product.sku", default=None, allow_null=True, help_text="The product, or null.")
    coupon_template = serializers.SerializerMethodField(help_text="Id of the coupon (`tpl_…`), or null.")
    left = serializers.SerializerMethodField(help_text="How many are left; null: without limit.")
    each = serializers.IntegerField(help_text="How many one member may have.")
    opens_at = MomentField()
    closes_at = MomentField()

    def get_coupon_template(self, post: GroupPost) -> str | None:
        """The id of the coupon template."""
        return public_id("tpl", post.template_id) if post.template_id else None

    def get_left(self, post: GroupPost) -> int | None:
        """What is left of the stock."""
        return None if post.stock is None else post.stock - post.claimed


class ClaimSerializer(serializers.Serializer):
    """What was claimed."""

    post = serializers.SerializerMethodField(help_text="Id of the post.")
    member = serializers.SerializerMethodField(help_text="Id of the member.")
    nth = serializers.IntegerField(help_text="Which of theirs it is, from 1.")
    at = MomentField()
    coupon = CouponSerializer(allow_null=True, help_text="The coupon that came with it, or null.")

    def get_post(self, row: Any) -> str:
        """The id of the post."""
        return public_id(POST, row.post_id)

    def get_member(self, row: Any) -> str:
        """The id of the member."""
        return public_id("mem", row.member_id)


def group_for(key: PartnerKey, code: str) -> StoreGroup:
    """The group of a join code, if the key speaks for its store; NotFound otherwise."""
    group = groups.group_of(code)
    stores = partners.store_ids(key)
    if stores and group.store_id not in stores:
        return groups.group_of("")
    return group


class GroupJoin(PartnerView):
    """Joining a group by its code."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = MembershipSerializer

    @extend_schema(
        operation_id="joinGroup",
        summary="Join a store group",
        tags=["Spreading"],
        request=JoinBody,
        responses={
            201: MembershipSerializer,
            200: OpenApiResponse(MembershipSerializer, "They were in it already; nothing changed."),
            404: OpenApiResponse(ProblemSerializer, "Codes: `group_not_found`, `member_not_found`."),
            409: OpenApiResponse(ProblemSerializer, "Codes: `group_closed`, `group_full`."),
        },
        examples=[
            OpenApiExample("scanned", value={"identity": "wechat_unionid:oX1", "source": "code"}, request_only=True),
            example(409, "group_full", "这个社群已满员。"),
        ],
    )
    def post(self, request: Request, code: str) -> Response:
        """A member joins once; again changes nothing. Somebody who left may come back."""
        group = group_for(self.key, code)
        given = self.read(JoinBody)
        row, is_new = groups.join(group, member_of(given), source=given["source"])
        row.group = groups.group_of(code)
        return Response(MembershipSerializer(row).data, status=201 if is_new else 200)


class GroupLeave(PartnerView):
    """Leaving a group."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = GroupSerializer

    @extend_schema(
        operation_id="leaveGroup",
        summary="Leave a store group",
        tags=["Spreading"],
        request=NamesMember,
        responses={200: OpenApiResponse(GroupSerializer, "They are not in it (any more).")},
    )
    def post(self, request: Request, code: str) -> Response:
        """Again changes nothing."""
        group = group_for(self.key, code)
        groups.leave(group, member_of(self.read(NamesMember)))
        return Response(GroupSerializer(groups.group_of(code)).data)


class GroupPosts(PartnerView):
    """What is posted in a group now."""

    scopes = {"GET": Scope.RECRUIT}
    serializer_class = PostSerializer
    page_order = ("-pk",)
    queryset = GroupPost.objects.none()

    @extend_schema(
        operation_id="listGroupPosts",
        summary="Open posts of a store group",
        tags=["Spreading"],
        responses=PostSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        """Published posts that are open now or open later, the newest first."""
        group = group_for(self.key, code)
        rows: QuerySet[GroupPost] = group.posts.filter(state=PostState.PUBLISHED, closes_at__gt=timezone.now())
        if group.state != GroupState.OPEN:
            rows = rows.none()
        return self.page(rows.select_related("product"), PostSerializer)


class GroupPostClaim(PartnerView):
    """Claiming a piece of a post."""

    scopes = {"POST": Scope.RECRUIT}
    serializer_class = ClaimSerializer

    @extend_schema(
        operation_id="claimGroupPost",
        summary="Claim a piece of a post",
        tags=["Spreading"],
        request=NamesMember,
        responses={
            201: ClaimSerializer,
            403: OpenApiResponse(ProblemSerializer, "Code: `not_in_group`."),
            404: OpenApiResponse(ProblemSerializer, "Codes: `post_not_found`, `member_not_found`."),
            409: OpenApiResponse(
                ProblemSerializer, "Codes: `sold_out`, `claimed_already`, `post_not_open`, `group_closed`."
            ),
            422: OpenApiResponse(
                ProblemSerializer, "Codes: `stock_spent`, `limit_reached`, `template_not_active`, `terms_ended`."
            ),
        },
        examples=[example(409, "sold_out", "已被领完。")],
    )
    def post(self, request: Request, post: str) -> Response:
        """One piece for a member of the group. Its coupon is issued exactly once; nobody gets more than `each`."""
        found = self._post(post)
        made = claims.claim(found, member_of(self.read(NamesMember)))
        if made.coupon_id is not None:
            made.coupon = Coupon.objects.select_related("template", "terms").get(pk=made.coupon_id)
        return Response(shared(ClaimSerializer).to_representation(made), status=201)

    def _post(self, name: str) -> GroupPost:
        """The post of the address, if the key speaks for its store. Raises NotFound."""
        try:
            rows = GroupPost.objects.select_related("group", "template").exclude(state=PostState.DRAFT)
            found = rows.filter(pk=parse_public_id(POST, name)).first()
        except NotFound:
            found = None
        stores = partners.store_ids(self.key)
        if found is None or (stores and found.group.store_id not in stores):
            raise NotFound(_("There is no such post."), code="post_not_found")
        return found
