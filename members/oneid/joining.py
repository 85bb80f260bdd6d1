"""Whether two members to whom one set of identities led may be joined by the rules alone, and which of them stays."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from members.models import Identity, IdentityConflict, Member, MemberFacts
from members.oneid import duplicates
from members.oneid.duplicates import Doubt
from members.oneid.identitykinds import rule_of


def doubt_about(one: Member, other: Member, *, met: Collection[str], adding: Sequence[str] = ()) -> str:
    """What speaks against joining them without a person looking at it: one of ``Doubt``, or nothing.

    ``met`` are the kinds of identity that led to the two, ``adding`` the kind of each that is to be added. The members
    are locked.
    """
    known = duplicates.between(one.pk, other.pk)
    if known and known.state == IdentityConflict.State.APART:
        return Doubt.APART
    if not all(rule_of(kind).may_merge.value for kind in met):
        return Doubt.KIND
    if over_limit(one, other, adding=adding):
        return Doubt.LIMIT
    if one.name and other.name and _bare(one.name) != _bare(other.name):
        return Doubt.NAMES
    return Doubt.BIRTHDAYS if birthdays_differ(one, other) else ""


def over_limit(one: Member, other: Member, *, adding: Sequence[str] = ()) -> list[str]:
    """The kinds of which the two would hold more together than a member may."""
    held = Identity.objects.filter(member__in=[one.pk, other.pk]).values_list("kind", flat=True)
    counts = Counter([*held, *adding])
    return sorted(kind for kind, count in counts.items() if count > rule_of(kind).limit.value)


def birthdays_differ(one: Member, other: Member) -> bool:
    """Whether both have told a birthday, and not the same."""
    dates, feasts = ([member.birthday for member in (one, other)], [_feast(member) for member in (one, other)])
    if all(dates):
        return dates[0] != dates[1]
    return all(feasts) and feasts[0] != feasts[1]


def likelier_kept(one: Member, other: Member) -> Member:
    """Who stays unless somebody chooses: who has more orders, then who has a guide, then who joined first."""
    orders = dict(MemberFacts.objects.filter(member__in=[one, other]).values_list("member_id", "orders"))
    return max(
        (one, other),
        key=lambda member: (
            orders.get(member.pk, 0),
            member.guide_id is not None,
            -member.joined_at.timestamp(),
            -member.pk,
        ),
    )


def _bare(name: str) -> str:
    """The letters of a name, whatever its width, case and blanks."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())


def _feast(member: Member) -> tuple[str, int, int | None] | None:
    if member.feast_month is None:
        return None
    return member.birthday_calendar, member.feast_month, member.feast_day
