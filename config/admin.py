"""The face of HQ's admin at /hq/: title, colours and the order of the menu (theme: django-unfold)."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def _page(title: Any, icon: str, model: str) -> dict[str, Any]:
    """One line of the menu: shown to whoever may look at the model (``app.model``)."""
    app, name = model.split(".")

    def may_view(request: HttpRequest) -> bool:
        return request.user.has_perm(f"{app}.view_{name}")

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": may_view,
    }


NAVIGATION = [
    {
        "items": [
            {"title": _("Cockpit"), "icon": "monitoring", "link": reverse_lazy("admin:index")},
            {"title": _("Insight"), "icon": "query_stats", "link": reverse_lazy("insight")},
        ],
    },
    {
        "title": _("Members"),
        "separator": True,
        "items": [
            _page(_("Members"), "group", "members.member"),
            _page(_("Possible duplicates"), "group_add", "members.identityconflict"),
            _page(pgettext_lazy("HQ menu", "Orders"), "receipt_long", "members.order"),
            _page(_("Tiers and benefits"), "workspace_premium", "members.tier"),
            _page(_("Tier rules"), "stairs", "members.tierrules"),
            {"title": _("Lifecycle policy"), "icon": "potted_plant", "link": reverse_lazy("lifecycle-policy")},
            _page(_("Tiers given by hand"), "military_tech", "members.tiergrant"),
            _page(_("Uses of benefits"), "redeem", "members.benefituse"),
            _page(pgettext_lazy("HQ menu", "Tag groups"), "sell", "members.taggroup"),
            _page(_("Tags"), "label", "members.tag"),
            _page(_("Disputed tags"), "label_off", "members.tagdispute"),
            _page(_("Bulk tagging"), "new_label", "members.tagrun"),
            _page(_("Segments"), "filter_alt", "members.segment"),
            _page(_("Lists of members"), "list_alt", "members.memberlist"),
            _page(_("Order imports"), "upload_file", "members.orderimport"),
        ],
    },
    {
        "title": _("Marketing"),
        "separator": True,
        "items": [
            _page(_("Coupon templates"), "confirmation_number", "coupons.coupontemplate"),
            _page(_("Coupon packs"), "package_2", "coupons.couponpack"),
            _page(_("Bulk issues"), "outbox", "coupons.issuerun"),
            _page(pgettext_lazy("HQ menu", "Coupons"), "local_activity", "coupons.coupon"),
            _page(_("Gifts of tiers"), "featured_seasonal_and_gifts", "coupons.tiergift"),
            _page(_("Gifts given"), "card_giftcard", "coupons.givengift"),
            _page(_("Packs given"), "deployed_code_account", "coupons.givenpack"),
            _page(_("Coupons of packs"), "deployed_code_history", "coupons.packstep"),
            _page(_("Points exchanges"), "currency_exchange", "coupons.pointsexchange"),
            _page(_("Promotions"), "percent", "campaigns.promotion"),
            _page(_("Journeys"), "conversion_path", "campaigns.journey"),
            {"title": _("Playbooks"), "icon": "menu_book", "link": reverse_lazy("admin:campaigns_journey_playbooks")},
            _page(_("Campaigns and member days"), "event_repeat", "campaigns.memberday"),
            {"title": _("Effects"), "icon": "science", "link": reverse_lazy("lift")},
            _page(_("Channel codes"), "qr_code_2", "campaigns.channelcode"),
            _page(_("Product recommendations"), "recommend", "campaigns.recommendation"),
            _page(_("Store groups"), "groups", "campaigns.storegroup"),
            _page(_("Posts in groups"), "campaign", "campaigns.grouppost"),
            _page(_("Commission rules"), "percent", "campaigns.commissionrule"),
            _page(_("Commissions by month"), "payments", "campaigns.commissionmonth"),
            _page(_("Share links"), "share", "campaigns.sharelink"),
            _page(_("Referral programmes"), "group_add", "campaigns.referralprogramme"),
            _page(_("Task occasions"), "task_alt", "campaigns.reasonsetting"),
            _page(_("Scripts"), "chat", "campaigns.script"),
            _page(_("Message templates"), "sms", "campaigns.messagetemplate"),
            {"title": _("Channels"), "icon": "cell_tower", "link": reverse_lazy("channels")},
        ],
    },
    {
        "title": _("Stores and guides"),
        "separator": True,
        "items": [
            _page(_("Stores"), "storefront", "stores.store"),
            _page(_("Staff"), "badge", "stores.staff"),
            _page(_("Guide tasks"), "checklist", "campaigns.guidetask"),
            _page(_("One-to-one offers"), "send", "coupons.offer"),
            _page(_("Attributed orders"), "join_inner", "campaigns.attribution"),
            _page(_("Hand-overs"), "move_group", "members.handover"),
            _page(_("Months of work"), "calendar_month", "campaigns.workmonth"),
        ],
    },
    {
        "title": _("Ledgers and history"),
        "separator": True,
        "collapsible": True,
        "items": [
            _page(_("Growth ledger"), "trending_up", "members.growthentry"),
            _page(_("Points ledger"), "toll", "members.pointsentry"),
            _page(_("Tier history"), "moving", "members.tierchange"),
            _page(_("Coupon history"), "history", "coupons.couponevent"),
            _page(_("Timeline"), "timeline", "members.timelinefact"),
            _page(_("Consent ledger"), "verified_user", "members.consent"),
            _page(_("Merges of members"), "merge", "members.membermerge"),
            _page(_("Wordings of consent"), "gavel", "members.consentwording"),
            {"title": _("Looks at whole numbers"), "icon": "visibility", "link": reverse_lazy("reveals")},
            _page(_("Erasures"), "delete_forever", "members.erasure"),
            _page(_("Touches"), "forum", "campaigns.touch"),
            _page(_("Commission ledger"), "account_balance", "campaigns.commissionentry"),
            _page(_("Sign-ups"), "how_to_reg", "campaigns.signup"),
            _page(_("Referrals"), "diversity_1", "campaigns.referral"),
        ],
    },
    {
        "title": pgettext_lazy("HQ menu", "System"),
        "separator": True,
        "collapsible": True,
        "items": [
            {"title": _("Change history"), "icon": "manage_history", "link": reverse_lazy("changes")},
            _page(_("Jobs"), "manufacturing", "stores.job"),
            _page(_("Deliveries"), "local_shipping", "members.delivery"),
            _page(_("Partners"), "hub", "stores.partner"),
            _page(_("Partner keys"), "key", "stores.partnerkey"),
            _page(_("Settings"), "tune", "stores.setting"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": _("Changke HQ"),
    "SITE_HEADER": _("Changke HQ"),
    "SITE_SUBHEADER": _("Members, coupons and campaigns"),
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("workbench/favicon.svg")}
    ],
    "STYLES": [lambda request: static("hq/common.css")],
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "BORDER_RADIUS": "10px",
    "COLORS": {
        # grey with a breath of the accent, as in the workbench
        "base": {
            "50": "#f7f9f8",
            "100": "#f3f5f4",
            "200": "#e2e7e5",
            "300": "#cbd3d0",
            "400": "#93a09b",
            "500": "#5c6864",
            "600": "#4a5652",
            "700": "#3b4643",
            "800": "#272f2c",
            "900": "#171c1a",
            "950": "#0e1211",
        },
        "primary": {
            "50": "oklch(97% .018 170)",
            "100": "oklch(94% .035 170)",
            "200": "oklch(89% .06 169)",
            "300": "oklch(81% .09 168)",
            "400": "oklch(70% .11 167)",
            "500": "oklch(59% .11 167)",
            "600": "oklch(49% .095 167)",
            "700": "oklch(43% .085 168)",
            "800": "oklch(37% .07 168)",
            "900": "oklch(31% .055 168)",
            "950": "oklch(23% .04 168)",
        },
    },
    "DASHBOARD_CALLBACK": "campaigns.admin.cockpit.put_cockpit",
    "SIDEBAR": {"show_search": True, "show_all_applications": True, "navigation": NAVIGATION},
}
