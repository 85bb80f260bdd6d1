"""What this app knows about a member, for the member to take along: the sections that config/personal.py names."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.json import KT

from members.models import (
    Assignment,
    BenefitUse,
    GrowthEntry,
    Identity,
    ListedMember,
    Member,
    MemberFacts,
    MemberOutlook,
    MemberPlace,
    MemberTag,
    Note,
    Order,
    OrderCoupon,
    OrderLine,
    PointsEntry,
    Return,
    SegmentSpan,
    TagDispute,
    TierChange,
    TierGrant,
    TimelineFact,
)
from members.oneid.identityseals import value_of
from members.privacy.consents import proofs

Ids = Sequence[int]
Rows = list[Any]  # of dictionaries


def profile(ids: Ids) -> Rows:
    """Who the member is, how they came, and where they stand. Records merged into the living one are listed too."""
    rows = Member.objects.filter(pk__in=ids).order_by("merged_into", "pk")
    names = {"home_store_name": F("home_store__name"), "guide_name": F("guide__name"), "tier_name": F("tier__name")}
    columns = ("code", "name", "birthday", "birthday_calendar", "feast_month", "feast_day", "joined_at", "source")
    return list(rows.values(*columns, "growth", "points", "tier_since", "stage", **names))


def identities(ids: Ids) -> Rows:
    """What leads to the member, whole."""
    rows = Identity.objects.filter(member__in=ids).order_by("pk")
    return [{"kind": row.kind, "value": value_of(row), "source": row.source, "since": row.created_at} for row in rows]


def places(ids: Ids) -> Rows:
    """Where the member lives, as they told."""
    rows = MemberPlace.objects.filter(member__in=ids).order_by("member")
    return _values(rows, "latitude", "longitude", "told_at")


def consents(ids: Ids) -> Rows:
    """What the member agreed to and took back, with the words they were shown."""
    members = Member.objects.filter(pk__in=ids)
    return [
        {
            "channel": proof.entry.channel,
            "purpose": proof.entry.purpose,
            "granted": proof.entry.granted,
            "wording_version": proof.entry.wording_version,
            "words": proof.words,
            "collected_by": proof.entry.collected_by,
            "store": proof.entry.store.name if proof.entry.store else "",
            "at": proof.entry.at,
            "until": proof.ended_at,
        }
        for member in members
        for proof in proofs(member)
    ]


def tags(ids: Ids) -> Rows:
    """The tags on the member and who or what put them there."""
    return _values(
        MemberTag.objects.filter(member__in=ids).order_by("set_at"),
        "source", "set_at", "expires_at", group=F("tag__group__name"), tag_name=F("tag__name"),
    )  # fmt: skip


def tag_disputes(ids: Ids) -> Rows:
    """Tags that somebody said do not fit the member, and what was decided."""
    rows = TagDispute.objects.filter(member__in=ids).order_by("raised_at")
    return _values(rows, "reason", "state", "raised_at", "answer", "decided_at", "until", tag_name=F("tag__name"))


def notes(ids: Ids) -> Rows:
    """What guides wrote down."""
    return _values(
        Note.objects.filter(member__in=ids).order_by("created_at"), "text", "created_at", store_name=F("store__name")
    )


def guides(ids: Ids) -> Rows:
    """Who looked after the member from when to when."""
    return _values(
        Assignment.objects.filter(member__in=ids).order_by("started_at"),
        "started_at", "ended_at", "reason", guide_name=F("guide__name"), store_name=F("store__name"),
    )  # fmt: skip


def orders(ids: Ids) -> Rows:
    """Every receipt with its lines and coupons."""
    rows = Order.objects.filter(member__in=ids).order_by("paid_at", "pk")
    lines: dict[int, Rows] = defaultdict(list)
    of_lines = {"sku": F("product__sku"), "name": F("product__name")}
    found = OrderLine.objects.filter(order__in=rows).order_by("order", "line_no")
    for line in _values(found, "order_id", "quantity", "unit_price", "amount", **of_lines):
        lines[line.pop("order_id")].append(line)
    used: dict[int, list[str]] = defaultdict(list)
    for order, code in OrderCoupon.objects.filter(order__in=rows).order_by("code").values_list("order_id", "code"):
        used[order].append(code)
    columns = ("pk", "channel", "order_no", "paid_at", "list_amount", "net_amount", "returned_amount")
    heads = _values(
        rows, *columns, store_name=F("store__name"), served_by=F("guide__name"), share_code=F("share__code")
    )
    return [{**row, "lines": lines[row["pk"]], "coupons": used[row.pop("pk")]} for row in heads]


def returns(ids: Ids) -> Rows:
    """What came back."""
    return _values(
        Return.objects.filter(member__in=ids).order_by("returned_at", "pk"),
        "channel", "return_no", "order_no", "returned_at", "amount", store_name=F("store__name"),
    )  # fmt: skip


def growth(ids: Ids) -> Rows:
    """The growth ledger."""
    return _ledger(GrowthEntry.objects.filter(member__in=ids))


def points(ids: Ids) -> Rows:
    """The points ledger."""
    return _ledger(PointsEntry.objects.filter(member__in=ids), "expires_at", "reference")


def tiers(ids: Ids) -> Rows:
    """The tiers the member has held, and why they changed."""
    return _values(
        TierChange.objects.filter(member__in=ids).order_by("at", "pk"),
        "why", "at", tier_before=F("before__name"), tier_after=F("after__name"),
    )  # fmt: skip


def tier_grants(ids: Ids) -> Rows:
    """Tiers given by hand."""
    return _values(
        TierGrant.objects.filter(member__in=ids).order_by("pk"),
        "starts_on", "ends_on", "reason", "revoked_on", tier_name=F("tier__name"),
    )  # fmt: skip


def benefits(ids: Ids) -> Rows:
    """Benefits used."""
    return _values(
        BenefitUse.objects.filter(member__in=ids).order_by("used_at"),
        "reference", "used_at", "taken_back_at", title=F("benefit__title"), store_name=F("store__name"),
    )  # fmt: skip


def conclusions(ids: Ids) -> Rows:
    """What the house concludes from the orders: figures, scores and how usual it is for the member to come."""
    facts = MemberFacts.objects.filter(member__in=ids)
    columns = ("orders", "spend", "orders_365d", "spend_365d", "average_basket", "usual_gap_days", "computed_at")
    scores = ("recency_score", "frequency_score", "money_score", "first_order_at", "last_order_at")
    return _values(facts, *columns, *scores)


def outlooks(ids: Ids) -> Rows:
    """What a model expects of the member: whether they still come, how often, for how much."""
    outlook = MemberOutlook.objects.filter(member__in=ids)
    return _values(outlook, "alive", "expected_90d", "value_365d", fitted_at=F("fit__fitted_at"))


def lists(ids: Ids) -> Rows:
    """Lists that headquarters brought along as a file, on which the member is."""
    rows = ListedMember.objects.filter(member__in=ids).order_by("member_list")
    return _values(rows, list_name=F("member_list__name"), listed_at=F("member_list__created_at"))


def segments(ids: Ids) -> Rows:
    """Segments whose rule the member fits or fitted."""
    rows = SegmentSpan.objects.filter(member__in=ids).order_by("since", "pk")
    return _values(rows, "since", "until", segment_name=F("segment__name"))


def looks(ids: Ids) -> Rows:
    """When people saw the whole phone number or exported these data, and why."""
    facts = TimelineFact.objects.filter(member__in=ids, kind__in=("member.revealed", "member.exported"))
    return _values(facts.order_by("at"), "kind", "at", reason=KT("data__reason"))


def _ledger(rows: QuerySet, *more: str) -> Rows:
    return _values(rows.order_by("at", "pk"), "kind", "delta", "at", "note", *more, order_no=F("order__order_no"))


def _values(rows: QuerySet, *columns: str, **named: Any) -> Rows:
    return list(rows.values(*columns, **named))
