"""A rule tree in one sentence, as people say it."""

from django.utils.translation import gettext as _

from members.segments.registry import REGISTRY, Asked
from members.segments.trees import ALL, ANY, Node


def sentence(node: Node) -> str:
    """The tree in words; groups within groups stand in brackets."""
    if isinstance(node, Asked):
        return REGISTRY[node.fact].told(node)
    parts = [_within(part) for part in node.parts]
    if node.how == ALL:
        return _(" and ").join(parts)
    if node.how == ANY:
        return _(" or ").join(parts)
    return _("not: %(parts)s") % {"parts": _(" or ").join(parts)}


def _within(node: Node) -> str:
    text = sentence(node)
    return text if isinstance(node, Asked) or len(node.parts) == 1 and node.how in (ALL, ANY) else _("(%s)") % text
