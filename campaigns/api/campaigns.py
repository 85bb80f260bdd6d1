"""GET /campaigns/: what runs when, where and for whom. Today these are member days."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.memberdays.dates import runs_on, said, spans
from campaigns.models import CampaignKind, MemberDay, MemberDayState
from members.naming import named
from stores import partners
from stores.api.fields import MomentField, PublicIdField, WordField
from stores.api.views import PartnerView, shared
from stores.ids import public_id
from stores.models import Scope, Store
from stores.places import business_day


class CampaignQuery(serializers.Serializer):
    """Which campaigns."""

    active_at = MomentField(required=False, help_text="Only what runs on the business day of this moment.")
    store = WordField(max_length=40, required=False, help_text="Only what runs in this store (code or id).")
    member = WordField(max_length=40, required=False, help_text="Only what is for this member's tier (`mem_…`).")


class CampaignSerializer(serializers.ModelSerializer):
    """A member day or dated campaign: on its dates orders earn more, and a coupon may land in wallets before."""

    id = PublicIdField("cmp")
    kind = serializers.SerializerMethodField(
        help_text="`member_day` recurs; `dated` runs once from `starts_on` to `ends_on`. More kinds may come."
    )
    sentence = serializers.SerializerMethodField(help_text="The recurrence in words: 每月 8 日")
    next_dates = serializers.SerializerMethodField(help_text="The next dates, at most five.")
    coupon_template = serializers.SerializerMethodField(help_text="Id of the coupon that is issued for it, or null.")
    stores = serializers.SerializerMethodField(help_text="Ids of the stores; empty means all.")
    opted_out = serializers.SerializerMethodField(help_text="Ids of the stores that take no part.")
    tiers = serializers.SerializerMethodField(help_text="Ids of the tiers; empty means all.")

    class Meta:
        model = MemberDay
        fields = (
            *("id", "kind", "name", "recurrence", "sentence", "starts_on", "ends_on", "next_dates"),
            *("growth_factor", "points_factor", "coupon_template", "stores", "opted_out", "tiers"),
        )

    def get_kind(self, day: MemberDay) -> str:
        """The kind as partners know it."""
        return "member_day" if day.kind == CampaignKind.RECURRING else "dated"

    def get_sentence(self, day: MemberDay) -> str:
        """When it is, in words."""
        return said(day)

    def get_next_dates(self, day: MemberDay) -> list[date]:
        """The next dates within a year."""
        today = timezone.localdate()
        return [one.on for one in spans(day, today, today.replace(year=today.year + 1, day=1))][:5]

    def get_coupon_template(self, day: MemberDay) -> str | None:
        """The id of the coupon template."""
        return public_id("tpl", day.coupon_template_id) if day.coupon_template_id else None

    def get_stores(self, day: MemberDay) -> list[str]:
        """Ids of the stores that take part."""
        return [public_id("sto", store.pk) for store in day.stores.all()]

    def get_opted_out(self, day: MemberDay) -> list[str]:
        """Ids of the stores that opted out."""
        return [public_id("sto", store.pk) for store in day.opted_out.all()]

    def get_tiers(self, day: MemberDay) -> list[str]:
        """Ids of the tiers."""
        return [public_id("tier", tier.pk) for tier in day.tiers.all()]


class CampaignList(PartnerView):
    """Campaigns that were published."""

    scopes = {"GET": Scope.CAMPAIGNS_READ}
    serializer_class = CampaignSerializer
    queryset = MemberDay.objects.filter(state=MemberDayState.PUBLISHED)

    @extend_schema(
        operation_id="listCampaigns",
        summary="List campaigns",
        tags=["Programme"],
        parameters=[CampaignQuery],
        responses=CampaignSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Member days by id, with their next dates."""
        given = shared(CampaignQuery).run_validation(request.query_params.dict())
        rows = self.get_queryset().prefetch_related("stores", "opted_out", "tiers")
        return self.page(self.chosen(rows, given), CampaignSerializer)

    def chosen(self, rows: QuerySet[MemberDay], given: Mapping[str, Any]) -> QuerySet[MemberDay]:
        """Those that the query asks for. There are few member days, so their dates are looked at one by one."""
        store = self.store_named(given["store"]) if "store" in given else None
        tier = named(given["member"]).tier_id if "member" in given else None
        limits = partners.store_ids(self.key)
        kept = [
            day.pk
            for day in rows
            if (store is None or takes_part(day, {store.pk}))
            and (limits is None or takes_part(day, set(limits)))
            and (tier is None or not day.tiers.all() or tier in {one.pk for one in day.tiers.all()})
            and ("active_at" not in given or runs_at(day, store, given["active_at"]))
        ]
        return rows.filter(pk__in=kept)


def takes_part(day: MemberDay, stores: set[int]) -> bool:
    """Whether any of the stores takes part in the member day."""
    chosen = {store.pk for store in day.stores.all()}
    return bool((stores & chosen if chosen else stores) - {store.pk for store in day.opted_out.all()})


def runs_at(day: MemberDay, store: Store | None, moment: datetime) -> bool:
    """Whether one of its dates is the business day of the moment."""
    on = business_day(store, moment)
    return runs_on(day, on)
