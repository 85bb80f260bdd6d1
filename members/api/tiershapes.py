"""How a member's tier looks to a partner: why it is held, what is missing, and what happens on which day."""

from rest_framework import serializers

from members.models import Tier, TierChange
from members.tiering.tiers import WHATS
from stores.api.fields import MomentField, PublicIdField


class TierNameSerializer(serializers.ModelSerializer):
    """A tier by name."""

    id = PublicIdField("tier")

    class Meta:
        model = Tier
        fields = ("id", "code", "name")


class NextTierSerializer(TierNameSerializer):
    """The tier above."""

    class Meta(TierNameSerializer.Meta):
        fields = (*TierNameSerializer.Meta.fields, "threshold")


class LeavingSerializer(serializers.Serializer):
    """Growth value that leaves the window on a date, and what is left then."""

    on = serializers.DateField()
    amount = serializers.IntegerField()
    left = serializers.IntegerField()


class TierGrantSerializer(serializers.Serializer):
    """A tier given by hand: it ends by itself after ``ends_on``."""

    tier = TierNameSerializer()
    ends_on = serializers.DateField()


class TierStepSerializer(serializers.Serializer):
    """What happens on a day without new orders; ``tier`` is the one it is about or leads to."""

    on = serializers.DateField()
    what = serializers.ChoiceField(
        sorted(WHATS),
        help_text="`notice` of the review; growth is `leaving` the window; growth falls `below` what the tier needs; "
        "the review is `passed`, or the `grace` period begins; the tier falls (`review`) or rises (`growth`); a tier "
        "by hand begins (`grant`) or ends (`grant_ended`).",
    )
    tier = TierNameSerializer()
    sentence = serializers.CharField(help_text="The same in words, in the language asked for.")


class TierChangeSerializer(serializers.Serializer):
    """A move in the past."""

    at = MomentField(read_only=True)
    before = TierNameSerializer()
    after = TierNameSerializer()
    why = serializers.ChoiceField(TierChange.Why.choices)


class TierStandingSerializer(serializers.Serializer):
    """Why this tier, what is missing for the next one, and what happens on which day."""

    id = PublicIdField("tier", source="tier.pk")
    code = serializers.CharField(source="tier.code")
    name = serializers.CharField(source="tier.name")
    since = serializers.DateField()
    why = serializers.ChoiceField(
        TierChange.Why.choices, allow_blank=True, help_text="Why this tier is held; empty from the beginning."
    )
    by_growth = TierNameSerializer(help_text="The tier that growth has brought, beneath one given by hand.")
    grant = TierGrantSerializer(allow_null=True, help_text="Set while the tier is held because it was given by hand.")
    growth = serializers.IntegerField(help_text="Growth value that counts now.")
    window_days = serializers.IntegerField(help_text="Growth counts for this many days.")
    next = NextTierSerializer(source="next_tier", allow_null=True, help_text="Null in the highest tier.")
    missing = serializers.IntegerField(help_text="Growth value missing for the next tier; 0 in the highest.")
    progress = serializers.IntegerField(help_text="Percent of the way to the next tier.")
    leaving = LeavingSerializer(allow_null=True, help_text="The next growth value to leave the window.")
    below_on = serializers.DateField(
        allow_null=True, help_text="When, without new orders, growth falls below what this tier needs."
    )
    review_on = serializers.DateField(
        allow_null=True, help_text="When the tier by growth is reviewed; null in the lowest."
    )
    grace_until = serializers.DateField(
        allow_null=True, help_text="Set after a review that was not passed: the day on which the tier falls."
    )
    to_keep = serializers.IntegerField(
        help_text="Growth value still to earn until the review, or the end of grace, to keep the tier by growth."
    )
    is_noticed = serializers.BooleanField(help_text="The review is near and would not be passed.")
    coming = TierStepSerializer(source="steps", many=True, help_text="What happens without new orders, soonest first.")
    history = TierChangeSerializer(source="changes", many=True, help_text="The latest moves, newest first.")
