"""How calls name a member: ``{"member": "mem_…"}`` or ``{"identity": "phone:…"}`` in bodies, an id in addresses."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from members import reach
from members.models import IdentityKind, Member
from members.naming import named, named_id, nobody
from members.oneid.identitykinds import BadIdentity, parse_identity
from stores import partners
from stores.api.fields import WordField
from stores.models import PartnerKey

OF_THE_HOUSE = frozenset({IdentityKind.STAFF.value})


class NamesMember(serializers.Serializer):
    """The two ways to name a member; a call needs at most one of them."""

    member = WordField(max_length=40, required=False, help_text="Id of the member, `mem_…`.")
    identity = WordField(
        max_length=220, required=False, help_text="Or kind and value: `phone:13812345678`, `wechat_unionid:…`."
    )


def check_kind(identity: str) -> None:
    """Raise BadIdentity for kinds of the house: whether a member works here is no partner's to say, nor to find out."""
    if identity.partition(":")[0].strip() in OF_THE_HOUSE:
        raise BadIdentity(_("Partners do not name this kind of identity."))


def told_identity(text: str) -> tuple[str, str]:
    """Kind and value of an identity that a partner names. Raises BadIdentity."""
    check_kind(text)
    return parse_identity(text)


def member_id_of(values: dict[str, Any]) -> int | None:
    """The key of the member that checked values name, None when they name nobody."""
    check_kind(values.get("identity", ""))
    return named_id(values.get("member", ""), values.get("identity", ""))


def member_of(values: dict[str, Any]) -> Any:
    """The member that checked values name. Raises NotFound, BadIdentity."""
    check_kind(values.get("identity", ""))
    return named(values.get("member", ""), values.get("identity", ""))


def readable(key: PartnerKey, member: str) -> Member:
    """The member of an address, if the key may read them; NotFound for all others, like for those who do not exist."""
    found = named(member)
    if not reach.reads(found, partners.store_ids(key)):
        raise nobody()
    return found
