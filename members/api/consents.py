"""PUT /members/{id}/consents/: what a member agreed to, and what no longer; GET /consent-wordings/: in which words."""

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from members.api.naming import readable
from members.api.shapes import ConsentSerializer
from members.models import Consent, ConsentWording
from members.privacy import consents, wordings
from stores.api.fields import MomentField, WordField
from stores.api.views import PartnerView
from stores.models import Scope


class ConsentBody(serializers.Serializer):
    """One channel: granted in which words, or withdrawn."""

    channel = serializers.ChoiceField(Consent.Channel.choices)
    granted = serializers.BooleanField()
    wording_version = WordField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Version of the words the member agreed to, as in `/consent-wordings/`; needed to grant.",
    )
    language = serializers.ChoiceField(
        settings.LANGUAGES, required=False, help_text="In which language the member read them."
    )
    at = MomentField(required=False, help_text="When the member said so; now unless given.")


class ConsentsBody(serializers.Serializer):
    """The member's word on one or more channels."""

    consents = ConsentBody(many=True, min_length=1, max_length=20)
    store = WordField(max_length=40, required=False, help_text="Code or id of the store where they said so.")


class ConsentsSerializer(serializers.Serializer):
    """What holds now, per channel."""

    consents = ConsentSerializer(many=True)


EXAMPLE = OpenApiExample(
    "agreed in the mini-program",
    value={"consents": [{"channel": "wechat_subscribe", "granted": True, "wording_version": "1"}]},
    request_only=True,
)


class MemberConsents(PartnerView):
    """What the member agreed to."""

    scopes = {"PUT": Scope.MEMBERS_WRITE}
    serializer_class = ConsentsSerializer

    @extend_schema(
        operation_id="putMemberConsents",
        summary="Grant and withdraw",
        tags=["Members"],
        request=ConsentsBody,
        responses=ConsentsSerializer,
        examples=[EXAMPLE],
    )
    def put(self, request: Request, member: str) -> Response:
        """Write down the member's word on each channel named; the others stay. The same again changes nothing."""
        given = self.read(ConsentsBody)
        store = self.store_named(given["store"]) if "store" in given else None
        found = readable(self.key, member)
        with transaction.atomic():
            for word in given["consents"]:
                told = {name: word[name] for name in ("at", "wording_version") if name in word}
                told |= {"collected_by": f"partner:{self.key.partner.code}", "store": store}
                if word["granted"]:
                    language = word.get("language", "")
                    consents.grant(found, word["channel"], **{"wording_version": "", **told}, language=language)
                else:
                    consents.withdraw(found, word["channel"], **told)
        now = consents.current(found).values()
        return Response({"consents": ConsentSerializer(now, many=True).data})


class WordingSerializer(serializers.ModelSerializer):
    """The words a member agrees to on one channel."""

    class Meta:
        model = ConsentWording
        fields = ("channel", "purpose", "version", "language", "text", "starts_on")


class WordingsSerializer(serializers.Serializer):
    """What to show today, one wording per channel."""

    wordings = WordingSerializer(many=True)


class ConsentWordings(PartnerView):
    """What members are asked."""

    scopes = {"GET": Scope.MEMBERS_READ}
    serializer_class = WordingsSerializer

    @extend_schema(
        operation_id="listConsentWordings",
        summary="The words to show when asking for consent",
        tags=["Members"],
        responses=WordingsSerializer,
    )
    def get(self, request: Request) -> Response:
        """For each channel the version in force, in the language asked for with Accept-Language where there is one."""
        rows = sorted(wordings.now().values(), key=lambda row: row.channel)
        return Response({"wordings": WordingSerializer(rows, many=True).data})
