"""Rights by role: what HQ people may do with each table in the admin. Roles are the whole story, without groups."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from stores.models import Role, Staff

# What an HQ marketer may add and change; everything else they may look at, except what is hidden from them.
MARKETER_WRITES = {
    "members": {
        *("tier", "tierrules", "tiergrant", "benefit", "benefituse", "taggroup", "tag", "tagdispute", "tagrun"),
        *("identityconflict", "membermerge"),
        *("consentwording", "category", "product", "orderimport", "memberlist", "segment"),
    },
    "coupons": {
        *("coupontemplate", "couponterms", "issuerun", "storebudget", "guidebudget", "offerquota"),
        *("tiergift", "pointsexchange", "couponpack", "packitem"),
    },
    "campaigns": {
        *("memberday", "campaignmessage", "earlyaccess", "promotion", "script", "reasonsetting"),
        *("messagetemplate", "journey", "channelcode", "referralprogramme"),
        *("storegroup", "commissionrule", "commissionmonth", "recommendation"),
    },
}
HIDDEN_FROM_MARKETER = {"stores": {"partner", "partnerkey", "storedreply"}}


class RoleBackend(ModelBackend):
    """Signs staff in by user name and password, and answers for their rights by role alone."""

    def get_user(self, user_id: int) -> Staff | None:
        """The person behind a session with store and region, which every page asks for; nobody who has left."""
        return Staff.objects.select_related("store", "region").filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the role allows ``app.action_model``."""
        return isinstance(user_obj, Staff) and user_obj.is_active and allows(user_obj.role, perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the role has anything to do in the app."""
        return isinstance(user_obj, Staff) and user_obj.is_active and user_obj.sees_all


def allows(role: str, permission: str) -> bool:
    """Whether ``role`` allows ``app.action_model``, the way Django spells a permission."""
    app, _, rest = permission.partition(".")
    action, _, model = rest.partition("_")
    if role == Role.HQ_ADMIN:
        return True
    if role != Role.HQ_MARKETER or model in HIDDEN_FROM_MARKETER.get(app, ()):
        return False
    return action == "view" or model in MARKETER_WRITES.get(app, ())
