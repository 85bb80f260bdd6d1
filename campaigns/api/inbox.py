"""The member's in-app messages: GET /members/{id}/inbox/, POST /inbox/{touch}/read/ and /click/."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Purpose, Touch
from campaigns.touches import inbox
from members import reach
from members.api.naming import readable
from stores import partners
from stores.api.fields import MomentField, PublicIdField
from stores.api.filters import MomentFilter
from stores.api.views import PartnerView
from stores.errors import NotFound
from stores.ids import parse_public_id, public_id
from stores.models import Scope

PREFIX = "tch"


class InboxMessageSerializer(serializers.Serializer):
    """One message to show in the member's inbox, in the words that it was sent with."""

    id = PublicIdField(PREFIX)
    purpose = serializers.ChoiceField(Purpose.choices, source="message.purpose")
    subject = serializers.CharField(source="words.subject")
    text = serializers.CharField(source="words.text", help_text="Plain text: show it as it is, never as HTML.")
    link = serializers.CharField(source="words.link", help_text="Where a tap leads; empty when it leads nowhere.")
    coupon = serializers.SerializerMethodField(help_text="Id of the coupon that it speaks of (`cpn_…`), or null.")
    at = MomentField(help_text="When it arrived.")
    read_at = MomentField(allow_null=True, help_text="When it was first read; null: not yet.")
    clicked_at = MomentField(allow_null=True, help_text="When it was first followed; null: not yet.")

    def get_coupon(self, touch: Touch) -> str | None:
        """The public id of the coupon."""
        return public_id("cpn", touch.coupon_id) if touch.coupon_id else None


class InboxFilter(FilterSet):
    """Only what nobody has read yet, or what arrived since a moment."""

    unread = django_filters.BooleanFilter(
        field_name="read_at", lookup_expr="isnull", help_text="`true`: only what is not read; `false`: only what is."
    )
    updated_since = MomentFilter(field_name="at", lookup_expr="gte", help_text="Arrived since then.")


class Inbox(PartnerView):
    """The in-app messages of one member."""

    scopes = {"GET": Scope.TOUCHES}
    filterset_class = InboxFilter
    serializer_class = InboxMessageSerializer
    page_order = ("-at", "-pk")
    queryset = Touch.objects.none()

    @extend_schema(
        operation_id="listInbox",
        summary="In-app messages of a member",
        tags=["Inbox"],
        responses=InboxMessageSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """Messages that have arrived, the newest first. Fetch them whenever the member opens the mini-program."""
        self.refuse_unknown_query()
        rows: QuerySet[Touch] = inbox.letters_to(readable(self.key, member)).select_related("message")
        return self.page(rows, InboxMessageSerializer)


class MarkView(PartnerView):
    """What the member did with a message."""

    scopes = {"POST": Scope.TOUCHES}
    serializer_class = InboxMessageSerializer
    queryset = Touch.objects.none()

    def message(self, touch: str) -> Touch:
        """The message of the address, if the key may read its member. Raises NotFound for all others."""
        try:
            found = inbox.letter(parse_public_id(PREFIX, touch))
        except NotFound:
            raise inbox.no_message() from None
        if not reach.reads(found.member, partners.store_ids(self.key)):
            raise inbox.no_message()
        return found

    def shown(self, touch: Touch) -> dict[str, Any]:
        """The message as it is now."""
        return dict(InboxMessageSerializer(touch).data)


class InboxRead(MarkView):
    """The member opened a message."""

    @extend_schema(
        operation_id="readInboxMessage",
        summary="Mark a message as read",
        tags=["Inbox"],
        request=None,
        responses=InboxMessageSerializer,
    )
    def post(self, request: Request, touch: str) -> Response:
        """The member opened it. Again changes nothing: the first time counts."""
        return Response(self.shown(inbox.read(self.message(touch))))


class InboxClick(MarkView):
    """The member followed a message."""

    @extend_schema(
        operation_id="clickInboxMessage",
        summary="Mark a message as followed",
        tags=["Inbox"],
        request=None,
        responses=InboxMessageSerializer,
    )
    def post(self, request: Request, touch: str) -> Response:
        """The member tapped its link or coupon, and so has read it. Again changes nothing: the first time counts."""
        return Response(self.shown(inbox.click(self.message(touch))))
