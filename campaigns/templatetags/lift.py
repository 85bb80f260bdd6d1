"""Effects as people read them: points with their sign, intervals, and the sentence at the head of a board."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from campaigns.lift.boards import Group, Line
from campaigns.models import Measure

register = template.Library()

MORE = gettext_lazy(
    "Of 100 members, %(effect)s more bought because of it; the truth lies between %(low)s and %(high)s."
)
FEWER = gettext_lazy(
    "Of 100 members, %(effect)s fewer bought because of it; the truth lies between %(low)s and %(high)s."
)
UNKNOWN = gettext_lazy(
    "One cannot tell whether more members bought than would have anyway: %(signed)s of 100, and the truth lies "
    "anywhere from %(low)s to %(high)s."
)
MORE_GOAL = gettext_lazy(
    "Of 100 members, %(effect)s more reached the goal because of it; the truth lies between %(low)s and %(high)s."
)
FEWER_GOAL = gettext_lazy(
    "Of 100 members, %(effect)s fewer reached the goal because of it; the truth lies between %(low)s and %(high)s."
)
UNKNOWN_GOAL = gettext_lazy(
    "One cannot tell whether more members reached the goal than would have anyway: %(signed)s of 100, and the truth "
    "lies anywhere from %(low)s to %(high)s."
)


ON_A_WAY = gettext_lazy(
    "Of 100 members, %(effect)s more %(did)s on way %(way)s than on A; the truth lies between %(low)s and %(high)s."
)
FEWER_ON_A_WAY = gettext_lazy(
    "Of 100 members, %(effect)s fewer %(did)s on way %(way)s than on A; the truth lies between %(low)s and %(high)s."
)
UNKNOWN_WAY = gettext_lazy(
    "One cannot tell whether %(way)s or A does better: of 100 members %(signed)s %(did)s on way %(way)s, and the truth "
    "lies anywhere from %(low)s to %(high)s."
)


@register.filter
def points(share: float | None) -> str:
    """A share from 0 to 1 in percent."""
    return "—" if share is None else f"{number_format(share * 100, 1, use_l10n=True)}%"


@register.filter
def bottom(group: Group) -> float:
    """Where the scale of a group begins."""
    return -group.reach


@register.filter
def signed(line: Line) -> str:
    """The effect in points with its interval; what it was before pooling in brackets."""
    if line.ends is None:
        return "—"
    low, middle, high = (_sign(end) for end in line.ends)
    raw = "" if line.effect.raw is None else f" [{_sign(line.effect.raw * 100)}]"
    return f"{middle} ({low} … {high}){raw}"


@register.filter
def yuan(line: Line) -> str:
    """The difference per head with its interval."""
    if line.ends is None:
        return "—"
    low, middle, high = (f"{'−' if end < 0 else '+'}¥{abs(end):.2f}" for end in line.ends)
    return f"{middle} ({low} … {high})"


@register.filter
def said(line: Line) -> str:
    """What an effect says, in a sentence."""
    one = line.effect
    if line.ends is None or one.doubt:
        return _("One cannot tell: %(why)s.") % {"why": one.get_doubt_display() or _("nobody bought anything")}
    goal, (low, middle, high) = one.measure == Measure.GOAL, line.ends
    words = {"effect": f"{abs(middle):.1f}", "low": _sign(low), "high": _sign(high)}
    if low <= 0 <= high:
        sentence = UNKNOWN_GOAL if goal else UNKNOWN
    elif low > 0:
        sentence = MORE_GOAL if goal else MORE
    else:
        sentence = FEWER_GOAL if goal else FEWER
    return str(sentence) % {**words, "signed": _sign(middle)}


@register.filter
def beside_a(line: Line) -> str:
    """What the effect of a way beside A says, in a sentence; the line is called by the letter of the way."""
    one = line.effect
    if line.ends is None or one.doubt:
        words = {"way": line.name, "why": one.get_doubt_display() or _("nobody bought anything")}
        return _("One cannot tell whether %(way)s or A does better: %(why)s.") % words
    low, middle, high = line.ends
    sentence = UNKNOWN_WAY if low <= 0 <= high else ON_A_WAY if low > 0 else FEWER_ON_A_WAY
    did = pgettext("members", "reached the goal") if one.measure == Measure.GOAL else pgettext("members", "bought")
    words = {"effect": f"{abs(middle):.1f}", "signed": _sign(middle), "low": _sign(low), "high": _sign(high)}
    return str(sentence) % {**words, "way": line.name, "did": did}


def _sign(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
