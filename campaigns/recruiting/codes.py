"""Channel codes: made once for a guide or a store, as often as wished for campaigns; found by what was scanned."""

import secrets
from datetime import date

import segno
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import ChannelCode, CodeKind, CodeState
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import IN_STORE, Role, Staff, Store
from stores.places import business_day

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is mistaken for something else on a poster
LENGTH = 8
INVITES = "R"  # invite codes begin with it, channel codes never do
ENDED = "channel_code_ended"
SOURCES = {CodeKind.GUIDE: "guide_code", CodeKind.STORE: "store_code", CodeKind.CAMPAIGN: "campaign_code"}


def new_code(*, invites: bool = False) -> str:
    """A random code of eight signs; the unique key of its table has the last word."""
    first = INVITES if invites else secrets.choice(ALPHABET.replace(INVITES, ""))
    return first + "".join(secrets.choice(ALPHABET) for _nth in range(LENGTH - 1))


def spelled(text: str) -> str:
    """A code as it is kept, from what somebody typed or scanned; empty for what can be none."""
    code = "".join(text[:40].split()).replace("-", "").upper()
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def of_guide(guide: Staff) -> ChannelCode:
    """The guide's own code, made when it is first asked for. Raises Refusal for somebody who serves in no store."""
    if guide.role not in IN_STORE or guide.store is None:
        raise Refusal(_("%(name)s does not serve in a store.") % {"name": guide.name}, code="not_a_guide")
    known = ChannelCode.objects.filter(kind=CodeKind.GUIDE, guide=guide).select_related("store", "guide").first()
    if known is None:
        row = ChannelCode(code=new_code(), kind=CodeKind.GUIDE, name=guide.name, guide=guide, store=guide.store)
        row.source, row.created_by = SOURCES[CodeKind.GUIDE], guide
        ChannelCode.objects.bulk_create([row], ignore_conflicts=True)  # two taps at once make one
        known = ChannelCode.objects.select_related("store", "guide").get(kind=CodeKind.GUIDE, guide=guide)
    if known.store_id != guide.store_id:  # the code goes along with whom it belongs to
        ChannelCode.objects.filter(pk=known.pk).update(store=guide.store)
        known.store = guide.store
    return known


def of_store(store: Store, *, by: Staff) -> ChannelCode:
    """The store's code, made when one of its leaders first asks for it. Raises NotAllowed for anybody else."""
    if not Store.objects.visible_to(by).filter(pk=store.pk).exists() or by.role == Role.GUIDE:
        raise NotAllowed(_("Only whoever leads the store has its code."), code="not_a_leader")
    known = ChannelCode.objects.filter(kind=CodeKind.STORE, store=store).select_related("store").first()
    if known is None:
        row = ChannelCode(code=new_code(), kind=CodeKind.STORE, name=store.name, store=store)
        row.source, row.created_by = SOURCES[CodeKind.STORE], by
        ChannelCode.objects.bulk_create([row], ignore_conflicts=True)
        known = ChannelCode.objects.select_related("store").get(kind=CodeKind.STORE, store=store)
    return known


def keep(code: ChannelCode, *, by: Staff | None) -> ChannelCode:
    """Make or change a code by headquarters. Raises NotAllowed for others, Refusal ``bad_source`` without a source."""
    if by and not by.sees_all:
        raise NotAllowed(_("Only headquarters makes codes of campaigns."))
    code.source = code.source.strip() or SOURCES[CodeKind(code.kind)]
    with transaction.atomic():
        if code.pk is None:
            code.code, code.created_by = new_code(), by
        code.save()
    return code


def live(text: str, *, on: date | None = None) -> ChannelCode:
    """The code that was scanned, if it leads somewhere today. Raises NotFound ``channel_code_not_found`` for one that
    never was, Refusal ``channel_code_ended`` for one that is switched off, over or yet to begin."""
    code = spelled(text)
    rows = ChannelCode.objects.select_related("store", "guide__store", "campaign")
    found = rows.filter(code=code).first() if code else None
    if found is None:
        raise unknown()
    day = on or business_day(found.store, timezone.now())
    if found.state != CodeState.ACTIVE or not (found.starts_on or day) <= day <= (found.ends_on or day):
        raise Refusal(_("This code is not in use any more. Ask in the store for another one."), code=ENDED)
    return found


def unknown() -> NotFound:
    """The refusal for a code that is not there, for the caller to raise."""
    return NotFound(_("There is no such code."), code="channel_code_not_found")


def guide_of(code: ChannelCode) -> Staff | None:
    """The guide whom the code's sign-ups go to, unless they have left or work elsewhere by now."""
    guide = code.guide
    serves = guide is not None and guide.is_active and guide.role in IN_STORE and guide.store_id is not None
    return guide if serves else None


def path(code: str) -> str:
    """Where a scan leads, below the address of the house."""
    return f"/join/{code}/"


def qr_svg(text: str, *, scale: int = 8) -> str:
    """The QR code of a text as SVG to stand in a page, without styles of its own; error correction M."""
    made = segno.make(text, error="m", micro=False)
    return made.svg_inline(scale=scale, border=4, dark="#000", light="#fff", omitsize=True)
