"""The code that the mini-program shows so that a guide can read it with a camera."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members import shortcodes
from members.api.naming import readable
from stores.api.fields import MomentField
from stores.api.views import PartnerView
from stores.models import Scope


class MemberCodeSerializer(serializers.Serializer):
    """A code for a moment."""

    code = serializers.CharField(help_text="Show it as a QR code, as it stands. Guides read it with the workbench.")
    expires_at = MomentField(help_text="After this it is refused. Ask for a new one some seconds before.")
    seconds = serializers.IntegerField(help_text="How long it holds from now.")
    member_code = serializers.CharField(help_text="The twelve digits to show below it, for those without a camera.")


class MemberCode(PartnerView):
    """The short-lived code of one member."""

    scopes = {"GET": Scope.MEMBERS_READ}
    serializer_class = MemberCodeSerializer

    @extend_schema(
        operation_id="getMemberCode",
        summary="A code for the member's phone",
        tags=["Members"],
        responses=MemberCodeSerializer,
    )
    def get(self, request: Request, member: str) -> Response:
        """A signed code that names the member for two minutes (a setting). Nothing is kept of it; ask as often as the
        page needs. It gives whoever reads it no rights: a guide opens only members they look after."""
        found = readable(self.key, member)
        made = shortcodes.issue(found)
        told = {
            "code": made.code,
            "expires_at": made.expires_at,
            "seconds": shortcodes.SECONDS.value,
            "member_code": found.code,
        }
        return Response(MemberCodeSerializer(told).data)
