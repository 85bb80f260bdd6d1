"""What a key may do: each view says which scope each method needs; what it does not say is denied."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from stores.errors import NotAllowed
from stores.models import PartnerKey, Scope


class HasScope(BasePermission):
    """The key has the scope that the view's ``scopes`` names for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a key is there at all. Raises NotAllowed ``scope_missing`` when it lacks the scope."""
        if not isinstance(request.auth, PartnerKey):
            return False
        if request.method == "OPTIONS":
            return True
        scopes = getattr(view, "scopes", {})
        needed = scopes.get("GET" if request.method == "HEAD" else request.method)
        if needed is None:
            # A method the view does not have gets its 405; a method whose scope was forgotten is denied.
            return not hasattr(view, str(request.method).lower())
        if needed not in request.auth.scopes:
            words = _("This key lacks the scope %(scope)s.") % {"scope": needed.value}
            raise NotAllowed(words, code="scope_missing", extra={"scope": needed.value})
        return True


def sees_phones(request: Request) -> bool:
    """Whether the caller gets full phone numbers and other identities instead of masked ones."""
    return isinstance(request.auth, PartnerKey) and Scope.MEMBERS_PII in request.auth.scopes
