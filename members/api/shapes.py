"""How a member looks to a partner: short in lists, whole by id; phones and other identities masked unless allowed."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from members import birthdays, placing
from members.api.tiershapes import TierNameSerializer, TierStandingSerializer
from members.models import Birthday, Consent, Identity, IdentityKind, Member, MemberTag, Stage
from members.oneid import lineage
from members.oneid.identityseals import value_of
from members.oneid.phones import main_phone
from members.privacy import consents
from members.tags import living
from members.tiering import tiers
from stores.api.fields import MomentField, PublicIdField
from stores.api.permissions import sees_phones
from stores.ids import public_id
from stores.models import Staff, Store
from stores.places import business_day


class StoreNameSerializer(serializers.ModelSerializer):
    """A store by name."""

    id = PublicIdField("sto")

    class Meta:
        model = Store
        fields = ("id", "code", "name")


class GuideSerializer(serializers.ModelSerializer):
    """The guide who looks after the member."""

    class Meta:
        model = Staff
        fields = ("employee_no", "name")


class ConsentSerializer(serializers.ModelSerializer):
    """The member's last word on one channel."""

    at = MomentField()

    class Meta:
        model = Consent
        fields = ("channel", "purpose", "granted", "wording_version", "at")


class IdentitySerializer(serializers.Serializer):
    """A (kind, value) that leads to the member. The value is masked unless the key has ``members:pii``."""

    kind = serializers.ChoiceField(IdentityKind.choices)
    value = serializers.CharField()


class TagSerializer(serializers.Serializer):
    """A tag the member carries."""

    group = serializers.CharField()
    name = serializers.CharField()


class BirthdayKeptSerializer(serializers.Serializer):
    """When the birthday is kept, in the member's calendar; known also of those who told no year of birth."""

    calendar = serializers.ChoiceField(Birthday.choices)
    month = serializers.IntegerField()
    day = serializers.IntegerField()
    words = serializers.CharField(help_text="农历八月十五, 11-26")
    next_on = serializers.DateField(help_text="The next date, by the solar calendar.")


class PlaceSerializer(serializers.Serializer):
    """A point in degrees (WGS 84), kept to four decimals, about ten metres."""

    latitude = serializers.FloatField(min_value=-90, max_value=90)
    longitude = serializers.FloatField(min_value=-180, max_value=180)


class MemberSummarySerializer(serializers.ModelSerializer):
    """A member in a list."""

    id = PublicIdField("mem")
    phone = serializers.SerializerMethodField(help_text="138****1234 unless the key has `members:pii`.")
    tier = TierNameSerializer()
    stage = serializers.ChoiceField(Stage.choices)
    birthday_calendar = serializers.ChoiceField(Birthday.choices)
    home_store = StoreNameSerializer(allow_null=True)
    guide = GuideSerializer(allow_null=True)
    joined_at = MomentField()
    updated_at = MomentField()

    class Meta:
        model = Member
        fields = (
            *("id", "code", "name", "phone", "birthday", "birthday_calendar", "tier", "growth", "points", "stage"),
            *("home_store", "guide", "source", "joined_at", "updated_at"),
        )

    def get_phone(self, member: Member) -> str:
        """The phone number, as far as the key may see it; empty without one."""
        if not sees_phones(self.context["request"]):
            return member.phone_masked
        phone = main_phone(member, member.identities.all())
        return value_of(phone) if phone else ""


class MemberSerializer(MemberSummarySerializer):
    """A member with birthday, tier, identities, tags and consents."""

    birthday_kept = serializers.SerializerMethodField(help_text="Null when it is not known.")
    place = serializers.SerializerMethodField(help_text="Where they live; null when they told nobody.")
    tier = serializers.SerializerMethodField()
    identities = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField()
    merged_from = serializers.SerializerMethodField(
        help_text="Ids of members that were merged into this one; each of them still leads here."
    )

    class Meta(MemberSummarySerializer.Meta):
        fields = (
            *MemberSummarySerializer.Meta.fields,
            *("birthday_kept", "place", "identities", "tags", "consents", "merged_from"),
        )

    @extend_schema_field(BirthdayKeptSerializer(allow_null=True))
    def get_birthday_kept(self, member: Member) -> dict[str, Any] | None:
        """The day that is kept, and when that is next."""
        feast = birthdays.feast_of(member)
        if feast is None:
            return None
        coming = birthdays.next_feast(feast, business_day(member.home_store, timezone.now()))
        return BirthdayKeptSerializer({**vars(feast), "words": str(feast), "next_on": coming.on}).data

    @extend_schema_field(PlaceSerializer(allow_null=True))
    def get_place(self, member: Member) -> dict[str, float] | None:
        """The point, as it is kept."""
        place = placing.place_of(member)
        return {"latitude": place.latitude, "longitude": place.longitude} if place else None

    @extend_schema_field(TierStandingSerializer)
    def get_tier(self, member: Member) -> dict[str, Any]:
        """The tier with what is missing and what happens when."""
        return TierStandingSerializer(tiers.explain_tier(member), context=self.context).data

    @extend_schema_field(IdentitySerializer(many=True))
    def get_identities(self, member: Member) -> list[dict[str, str]]:
        """All identities, oldest first."""
        return [shown_identity(row, sees_phones(self.context["request"])) for row in member.identities.all()]

    @extend_schema_field(TagSerializer(many=True))
    def get_tags(self, member: Member) -> list[dict[str, str]]:
        """The tags that hold now."""
        rows = MemberTag.objects.filter(living(), member=member).select_related("tag__group")
        ordered = rows.order_by("tag__group__position", "tag__position", "tag__name")
        return [{"group": row.tag.group.name, "name": row.tag.name} for row in ordered]

    @extend_schema_field(ConsentSerializer(many=True))
    def get_consents(self, member: Member) -> Any:
        """The member's last word per channel; a channel that is missing was never asked, which means no."""
        return ConsentSerializer(consents.current(member).values(), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_merged_from(self, member: Member) -> list[str]:
        """The ids that others may still hold."""
        return [public_id("mem", pk) for pk in lineage.beneath(member.pk) if pk != member.pk]


def shown_identity(row: Identity, whole: bool) -> dict[str, str]:
    """An identity, masked unless ``whole``."""
    return {"kind": row.kind, "value": value_of(row) if whole else row.shown}
