"""Members: sign up, find, read, change."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members import naming, profiles, reach
from members.api.naming import readable, told_identity
from members.api.shapes import MemberSerializer, MemberSummarySerializer, PlaceSerializer
from members.models import Birthday, Member, MemberState, Stage
from members.oneid.identities import Pair, TwoMembers, conflict_between, find
from members.placing import Place
from stores import partners
from stores.api.fields import MomentField, WordField
from stores.api.filters import PublicIdFilter, UpdatedSince
from stores.api.schema import ProblemSerializer, example
from stores.api.views import PartnerView
from stores.errors import Refusal
from stores.models import Scope, Staff

ROWS = Member.objects.filter(state=MemberState.ACTIVE).select_related("tier", "home_store", "guide")


class ProfileBody(serializers.Serializer):
    """What may be written about a member."""

    name = WordField(max_length=60, required=False, allow_blank=True)
    birthday = serializers.DateField(required=False, allow_null=True)
    birthday_calendar = serializers.ChoiceField(Birthday.choices, required=False)

    place = PlaceSerializer(required=False, allow_null=True, help_text="Where they live; null forgets it.")

    def validate_place(self, value: dict[str, float] | None) -> Place | None:
        """As the verbs take it."""
        return Place(**value) if value else None


class SignUpBody(ProfileBody):
    """A person as a shop meets them."""

    identities = serializers.ListField(
        child=WordField(max_length=220),
        min_length=1,
        max_length=10,
        help_text="Each `kind:value`: `phone:13812345678`, `wechat_unionid:…`, `card_no:…`, `email:…`.",
    )
    store = WordField(max_length=40, required=False, help_text="Code or id of the store that becomes home.")
    guide = WordField(max_length=40, required=False, help_text="Employee number of the guide who looks after them.")
    source = WordField(max_length=40, required=False, help_text="Where they came from, in your words.")
    joined_at = MomentField(required=False)


class MemberFilter(UpdatedSince):
    """Members by identity, tier, stage or home store."""

    identity = django_filters.CharFilter(method="by_identity", help_text="`phone:13812345678`: at most one member.")
    tier = django_filters.CharFilter(field_name="tier__code", help_text="Code of the tier.")
    stage = django_filters.ChoiceFilter(choices=Stage.choices)
    home_store = PublicIdFilter(prefix="sto", help_text="Id of the home store, `sto_…`.")

    class Meta:
        model = Member
        fields = ("identity", "tier", "stage", "home_store")

    def by_identity(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The one member the identity leads to, or none."""
        found = find(*told_identity(value))
        return rows.filter(pk=found.pk) if found else rows.none()


CONFLICT = OpenApiResponse(
    ProblemSerializer,
    "Codes: `identity_conflict` (the identities lead to two members, named in `members`; headquarters decides in the "
    "`review` with this id, or has decided, `decided`, that they are two people), `idempotency_in_flight`.",
)
SIGN_UP = OpenApiExample(
    "a new customer at the till",
    value={"identities": ["phone:13812345678"], "name": "张晓梅", "store": "HZ01", "guide": "G00007"},
    request_only=True,
)


class MemberList(PartnerView):
    """All members."""

    scopes = {"GET": Scope.MEMBERS_READ, "POST": Scope.MEMBERS_WRITE}
    filterset_class = MemberFilter
    serializer_class = MemberSummarySerializer
    queryset = ROWS

    @property
    def page_order(self) -> tuple[str, ...]:
        """By id; by the moment of change for who follows the changes."""
        return ("updated_at", "pk") if self.request.query_params.get("updated_since") else ("pk",)

    @extend_schema(
        operation_id="listMembers",
        summary="Find or list members",
        tags=["Members"],
        responses=MemberSummarySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Members by id, or by the moment of change with `updated_since`. `identity` finds the one it leads to. A key
        with a list of stores sees those whose home is there or who have bought there."""
        self.refuse_unknown_query()  # a misspelt `identity` would otherwise list everybody
        rows = self.get_queryset().filter(reach.members_of(partners.store_ids(self.key)))
        return self.page(rows.prefetch_related("identities"), MemberSummarySerializer)

    @extend_schema(
        operation_id="createMember",
        summary="Sign up, or find who it is",
        tags=["Members"],
        request=SignUpBody,
        responses={
            201: OpenApiResponse(MemberSerializer, "A new member."),
            200: OpenApiResponse(MemberSerializer, "A member who was known by one of the identities."),
            409: CONFLICT,
        },
        examples=[
            SIGN_UP,
            example(409, "identity_conflict", "这些身份标识指向两位不同的会员，需由总部确认是否为同一人。"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Create a member, or update the one that the identities lead to: identities not known yet are added to them,
        and an empty name, birthday or place is filled; what is on file stays (change it with PATCH). A key with a list
        of stores changes nothing about a member of other stores, and is told no more than that they are one."""
        given = self.read(SignUpBody)
        store = self.store_named(given.pop("store")) if "store" in given else partners.only_store(self.key)
        guide = _guide(given.pop("guide")) if "guide" in given else None
        pairs = [told_identity(text) for text in given.pop("identities")]
        source = given.pop("source", "") or self.key.partner.code
        if stranger := _stranger(self, pairs):
            return Response(_introduced(self, stranger))
        try:
            found = profiles.enrol(pairs, home_store=store, guide=guide, source=source, **given)
        except TwoMembers as refusal:  # answered here, so that the review which was written down stays
            return self.handle_exception(refusal)
        member = naming.named(found.member.public_id if found.member else "")
        return Response(_shown(self, member), status=201 if found.created else 200)


class FindBody(serializers.Serializer):
    """Who is meant, where no log sees it."""

    identity = WordField(max_length=220, help_text="Kind and value: `phone:13812345678`, `wechat_unionid:…`.")


class MemberFind(PartnerView):
    """The member behind an identity."""

    scopes = {"POST": Scope.MEMBERS_READ}
    serializer_class = MemberSerializer

    @extend_schema(
        operation_id="findMember",
        summary="Find the member an identity leads to",
        tags=["Members"],
        request=FindBody,
        responses={200: MemberSerializer, 404: OpenApiResponse(ProblemSerializer, "Codes: `member_not_found`.")},
        examples=[OpenApiExample("by phone", value={"identity": "phone:13812345678"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """The member, whole. Changes nothing. Unlike `GET /members/?identity=…` it keeps the number out of addresses,
        which proxies and libraries write into their logs."""
        found = find(*told_identity(self.read(FindBody)["identity"]))
        return Response(_shown(self, readable(self.key, found.public_id if found else "")))


class MemberDetail(PartnerView):
    """One member."""

    scopes = {"GET": Scope.MEMBERS_READ, "PATCH": Scope.MEMBERS_WRITE}
    serializer_class = MemberSerializer

    @extend_schema(operation_id="getMember", summary="Read a member", tags=["Members"], responses=MemberSerializer)
    def get(self, request: Request, member: str) -> Response:
        """Profile, tier with what is missing and what happens when, points, growth, stage, tags and consents."""
        return Response(_shown(self, readable(self.key, member)))

    @extend_schema(
        operation_id="updateMember",
        summary="Change a member",
        tags=["Members"],
        request=ProfileBody,
        responses=MemberSerializer,
    )
    def patch(self, request: Request, member: str) -> Response:
        """Change name, birthday, birthday calendar or place. What is not named stays as it is."""
        found = readable(self.key, member)
        profiles.update(found, **self.read(ProfileBody))
        return Response(_shown(self, naming.named(member)))


def _shown(view: PartnerView, member: Member) -> Any:
    return MemberSerializer(member, context=view.get_serializer_context()).data


def _stranger(view: PartnerView, pairs: list[Pair]) -> Member | None:
    """The member of other stores whom a key with a list of stores names. Nothing is added to them: whoever has taken a
    till's key would otherwise let an identity of their own lead to somebody else. Raises TwoMembers."""
    limits = partners.store_ids(view.key)
    known = list({one.pk: one for pair in pairs if (one := find(*pair))}.values()) if limits else []
    strangers = [one for one in known if not reach.reads(one, limits)]
    if strangers and len(known) > 1:
        raise conflict_between(known[0], known[1], None)
    return naming.named(strangers[0].public_id) if strangers else None


def _introduced(view: PartnerView, member: Member) -> Any:
    """A member of other stores who stands at this till: enough to sell to them, nothing that the till did not know."""
    shown = _shown(view, member) | {"phone": member.phone_masked}
    unread = {"name": "", "birthday": None, "birthday_kept": None, "place": None, "guide": None, "source": ""}
    return shown | unread | {part: [] for part in ("identities", "tags", "consents", "merged_from")}


def _guide(employee_no: str) -> Staff:
    """Raises Refusal ``guide_not_found``; whether the guide fits is for the verb to say."""
    guide = Staff.objects.select_related("store").filter(employee_no=employee_no).first()
    if guide is None:
        raise Refusal(
            _("There is no guide with this employee number."), code="guide_not_found", extra={"field": "guide"}
        )
    return guide
