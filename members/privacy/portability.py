"""One's own data: everything the house knows about a member, for the member to take along, as JSON.

``settings.PERSONAL_DATA`` (config/personal.py) names the sections of all bands. Each is a function that gets the keys
of the member's records (the living one, then those merged into it) and returns rows of plain values.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_member
from members.models import Member
from members.oneid import lineage
from members.timeline import NewFact
from stores.errors import NotAllowed, Refusal
from stores.models import Staff
from stores.rights import allows

KIND = "member.exported"
RIGHT = "members.export_member"
FORMAT = "changke-member-1"
LONGEST_REASON = 40

Section = Callable[[Sequence[int]], list[dict[str, Any]]]


def export(member: Member, *, reason: str, by: Staff | None = None, partner: str = "") -> dict[str, Any]:
    """Everything about a living member, section by section, whole phone number included; on record for the audit.

    ``reason`` is a short code of why (asked by the member, by an authority), ``partner`` the code of a partner whose
    key asked. Raises NotAllowed ``export_not_allowed``, Refusal ``export_unasked``, NotFound.
    """
    if by and not allows(by.role, RIGHT):
        raise NotAllowed(_("Only an administrator exports the data of a member."), code="export_not_allowed")
    if not reason.strip():
        raise Refusal(_("Say who asked for the data."), code="export_unasked", extra={"field": "reason"})
    with transaction.atomic():
        locked = lock_member(member, by=by)
        ids = [locked.pk, *(pk for pk in lineage.beneath(locked.pk) if pk != locked.pk)]
        data = {name: import_string(path)(ids) for name, path in settings.PERSONAL_DATA.items()}
        told = {"reason": reason.strip()[:LONGEST_REASON], **timeline.actor(by)}
        timeline.record(NewFact(KIND, locked.pk, data={**told, **({"partner": partner} if partner else {})}))
    whole = {"format": FORMAT, "member": locked.public_id, "made_at": timezone.now(), **data}
    return json.loads(json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False))
