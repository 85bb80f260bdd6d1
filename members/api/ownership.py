"""GET /members/{id}/export/ and POST /members/{id}/erase/: what a member may demand about their own data."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.naming import readable
from members.models import Member
from members.privacy import erasure, portability
from stores.api.fields import MomentField, WordField
from stores.api.views import PartnerView
from stores.errors import Refusal
from stores.models import Scope

EXPORTED = {
    "type": "object",
    "description": "One list per section; sections and columns may be added.",
    "required": ["format", "member", "made_at"],
    "properties": {
        "format": {"type": "string", "example": portability.FORMAT},
        "member": {"type": "string", "example": "mem_k3G7QAe51F"},
        "made_at": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": {"type": "array", "items": {"type": "object", "additionalProperties": True}},
}


class EraseBody(serializers.Serializer):
    """That it is meant: the id once more, and who asked."""

    confirm = WordField(max_length=40, help_text="The id of the member once more. It cannot be undone.")
    asked_by = serializers.ChoiceField([("member", "the member"), ("guardian", "a guardian")], default="member")
    reason = WordField(max_length=200, required=False, allow_blank=True, help_text="Without names or numbers.")


class ErasedSerializer(serializers.Serializer):
    """The proof: when, and how much of what went."""

    member = serializers.CharField()
    erased_at = MomentField()
    removed = serializers.DictField(child=serializers.IntegerField())


class MemberExport(PartnerView):
    """All data of a member."""

    scopes = {"GET": Scope.MEMBERS_PII}
    serializer_class = serializers.Serializer

    @extend_schema(
        operation_id="exportMember",
        summary="All data of a member, for the member",
        tags=["Members"],
        responses={200: OpenApiResponse(EXPORTED, "Everything known, whole phone numbers included.")},
    )
    def get(self, request: Request, member: str) -> Response:
        """Hand this to nobody but the member. Every call is on the member's record."""
        code = self.key.partner.code
        return Response(portability.export(readable(self.key, member), reason="member", partner=code))


class MemberErase(PartnerView):
    """The end of a membership."""

    scopes = {"POST": Scope.MEMBERS_ERASE}
    serializer_class = ErasedSerializer

    @extend_schema(
        operation_id="eraseMember",
        summary="Erase a member who asked for it",
        tags=["Members"],
        request=EraseBody,
        responses=ErasedSerializer,
        examples=[
            OpenApiExample(
                "the member asked in the mini-program",
                value={"confirm": "mem_k3G7QAe51F", "asked_by": "member"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, member: str) -> Response:
        """What makes the person recognisable goes for good, unused coupons and points with it; orders stay without a
        name. From now on the id answers 404, and the phone number makes a new member."""
        found: Member = readable(self.key, member)
        given = self.read(EraseBody)
        if given["confirm"] != member:
            raise Refusal(
                _("The id in the body is not that of the address."),
                code="erase_unconfirmed",
                extra={"field": "confirm"},
            )
        asked_by = f"{given['asked_by']}, partner:{self.key.partner.code}"
        proof = erasure.erase(found, asked_by=asked_by, reason=given.get("reason", ""))
        told = {"member": found.public_id, "erased_at": proof.made_at, "removed": proof.removed}
        return Response(ErasedSerializer(told).data)
