"""Store groups, share links and commissions as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils import timezone

from campaigns.models import GroupMembership, GroupPost, PostState, ShareLink, StoreGroup
from campaigns.recruiting.codes import qr_svg
from campaigns.spreading import links, months, posts
from campaigns.spreading.posts import PostResult
from stores.models import Staff
from workbench.presenters.links import Choice, address

SHOWN_MEMBERS, SHOWN_POSTS, SHOWN_LINKS = 50, 30, 50


@dataclass(frozen=True)
class GroupRow:
    """A group of a list, with how many posts are open in it now."""

    group: StoreGroup
    open_posts: int
    url: str


@dataclass(frozen=True)
class PostRow:
    """A post with what it came to so far, and whether it can be claimed now."""

    post: GroupPost
    result: PostResult
    is_open: bool
    thing: str
    url: str

    @property
    def left(self) -> int | None:
        """How many are left; None without a stock."""
        return None if self.post.stock is None else self.post.stock - self.post.claimed


@dataclass(frozen=True)
class LinkRow:
    """A share link with what it leads to, how often it was followed, and what it earned."""

    link: ShareLink
    thing: str
    address: str
    clicks: int
    url: str
    qr: str = ""


def groups_of(viewer: Staff) -> list[GroupRow]:
    """The groups that somebody sees, in one query."""
    now = timezone.now()
    is_open = Q(posts__state=PostState.PUBLISHED, posts__opens_at__lte=now, posts__closes_at__gt=now)
    rows = StoreGroup.objects.visible_to(viewer).select_related("owner", "store")
    rows = rows.annotate(open_posts=Count("posts", filter=is_open)).order_by("state", "-pk")[:SHOWN_POSTS]
    return [GroupRow(one, one.open_posts, address("group", one.pk)) for one in rows]


def members_of(group: StoreGroup, viewer: Staff) -> tuple[list[GroupMembership], int]:
    """The members of a group whom the viewer looks after, and how many others there are."""
    inside = GroupMembership.objects.visible_to(viewer).filter(group=group, left_at=None)
    shown = list(inside.select_related("member").order_by("-joined_at", "-pk")[:SHOWN_MEMBERS])
    count = len(shown) if len(shown) < SHOWN_MEMBERS else inside.count()
    return shown, max(group.members - count, 0)


def posts_of(group: StoreGroup) -> list[PostRow]:
    """The posts of a group, the latest first, with what they came to: two queries."""
    found = list(group.posts.select_related("product", "template")[:SHOWN_POSTS])
    return shown_posts(found)


def shown_posts(found: Sequence[GroupPost]) -> list[PostRow]:
    """Posts with what they came to."""
    results = posts.results_of([one.pk for one in found])
    now = timezone.now()
    return [
        PostRow(
            one,
            results.get(one.pk, PostResult()),
            one.state == PostState.PUBLISHED and one.opens_at <= now < one.closes_at,
            str(one.product or one.template),
            address("group-post", one.pk),
        )
        for one in found
    ]


def links_of(staff: Staff) -> list[LinkRow]:
    """Somebody's own links that lead somewhere, in one query."""
    rows = links.shown(ShareLink.objects.visible_to(staff).filter(staff=staff, is_active=True))
    rows = rows.annotate(followed=Count("clicks")).order_by("-pk")[:SHOWN_LINKS]
    return [shown_link(one, clicks=one.followed) for one in rows]


def shown_link(link: ShareLink, *, clicks: int = 0, with_qr: bool = False) -> LinkRow:
    """A link as it is shown; its QR code on demand."""
    where = links.address_of(link)
    thing = str(link.product or link.template or link.campaign)
    return LinkRow(link, thing, where, clicks, address("share-link", link.pk), qr_svg(where) if with_qr else "")


def month_choices(staff: Staff, current: date) -> list[Choice]:
    """The months of somebody's statement."""
    known = months.months_known(months.CommissionEntry.objects.filter(staff=staff), most=6)
    return [
        Choice(f"{one:%Y-%m}", address("commission", query={"month": f"{one:%Y-%m}"}), one == current) for one in known
    ]
