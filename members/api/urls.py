"""Addresses of the members band below /api/v1/."""

from django.urls import path

from members.api.benefits import BenefitUseDetail, BenefitUses, MemberBenefits
from members.api.bulkorders import OrderBulk
from members.api.codes import MemberCode
from members.api.consents import ConsentWordings, MemberConsents
from members.api.members import MemberDetail, MemberFind, MemberList
from members.api.orders import OrderList
from members.api.ownership import MemberErase, MemberExport
from members.api.refunds import OrderRefunds
from members.api.tags import MemberTags
from members.api.tiers import TierList
from members.api.timeline import MemberTimeline
from members.api.wallets import MemberLedger

urlpatterns = [
    path("members/", MemberList.as_view(), name="members"),
    path("members/find/", MemberFind.as_view(), name="member-find"),
    path("members/<str:member>/", MemberDetail.as_view(), name="member"),
    path("members/<str:member>/code/", MemberCode.as_view(), name="member-code"),
    path("members/<str:member>/ledger/", MemberLedger.as_view(), name="member-ledger"),
    path("members/<str:member>/benefits/", MemberBenefits.as_view(), name="member-benefits"),
    path("members/<str:member>/benefits/<str:benefit>/use/", BenefitUses.as_view(), name="benefit-uses"),
    path(
        "members/<str:member>/benefits/<str:benefit>/use/<str:reference>/",
        BenefitUseDetail.as_view(),
        name="benefit-use",
    ),
    path("members/<str:member>/timeline/", MemberTimeline.as_view(), name="member-timeline"),
    path("members/<str:member>/tags/", MemberTags.as_view(), name="member-tags"),
    path("members/<str:member>/consents/", MemberConsents.as_view(), name="member-consents"),
    path("members/<str:member>/export/", MemberExport.as_view(), name="member-export"),
    path("members/<str:member>/erase/", MemberErase.as_view(), name="member-erase"),
    path("consent-wordings/", ConsentWordings.as_view(), name="consent-wordings"),
    path("orders/", OrderList.as_view(), name="orders"),
    path("orders/bulk/", OrderBulk.as_view(), name="orders-bulk"),
    path("orders/<str:channel>/<str:order_no>/refunds/", OrderRefunds.as_view(), name="order-refunds"),
    path("tiers/", TierList.as_view(), name="tiers"),
]
