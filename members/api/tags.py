"""The tags on a member, each with who or which rule put it there, when, and until when."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members import tagorigins
from members.api.naming import readable
from members.models import MemberTag, TagGroup
from members.tagorigins import Origin
from stores.api.fields import MomentField
from stores.api.views import PartnerView
from stores.models import Scope


class MemberTagSerializer(serializers.Serializer):
    """A tag that holds now."""

    group = serializers.CharField(source="row.tag.group.name")
    name = serializers.CharField(source="row.tag.name")
    kind = serializers.ChoiceField(
        TagGroup.Kind.choices,
        source="row.tag.group.kind",
        help_text="`system`: a rule puts it on; `manual`: people do.",
    )
    source = serializers.ChoiceField(MemberTag.Source.choices, source="row.source", help_text="Who or what put it on.")
    set_by = serializers.SerializerMethodField(help_text="Employee number of who put it on; null for rules.")
    rule = serializers.CharField(help_text="The rule in a sentence to show; empty for what people put on.")
    set_at = MomentField(source="since")
    until = serializers.DateField(allow_null=True, help_text="The last day on which it holds; null: no end.")
    disputed = serializers.BooleanField(
        source="is_disputed", help_text="Somebody of the house says that it does not fit; headquarters decides."
    )

    def get_set_by(self, origin: Origin) -> str | None:
        """The employee number."""
        return origin.row.set_by.employee_no if origin.row.set_by else None


class MemberTags(PartnerView):
    """What a member is tagged with."""

    scopes = {"GET": Scope.MEMBERS_READ}
    serializer_class = MemberTagSerializer
    queryset = MemberTag.objects.all()

    @extend_schema(
        operation_id="listMemberTags",
        summary="Tags of a member and where they come from",
        tags=["Members"],
        responses=MemberTagSerializer(many=True),
    )
    def get(self, request: Request, member: str) -> Response:
        """The tags that hold now, the oldest row first. Rules and people of the house set them; this API reads them."""
        page = self.paginate_queryset(tagorigins.rows_of(readable(self.key, member)))
        return self.get_paginated_response(MemberTagSerializer(tagorigins.origins(page), many=True).data)
