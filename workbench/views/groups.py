"""Store groups: those of my store, who is in them, what is posted, and claims for members at the counter."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import GroupPost, GroupState, PostState, StoreGroup
from campaigns.recruiting.codes import qr_svg
from campaigns.spreading import claims, groups, links, posts
from members.models import Member
from stores.errors import Refusal
from stores.models import Staff
from workbench.access import GUIDES, open_to, staff_of
from workbench.answers import done, refused
from workbench.forms.spreading import GroupForm, PostForm, moment
from workbench.presenters import spreading as presenter
from workbench.presenters.links import address
from workbench.queries import number_in

OPEN_FOR = timedelta(days=1)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*GUIDES)
def all_groups(request: HttpRequest) -> HttpResponse:
    """GET: the groups of the store. POST: open another one, kept by oneself."""
    person = staff_of(request)
    form = GroupForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = groups.open_group(
                person, name=given["name"], address=given["address"], most=given["most"] or 200, by=person
            )
        except Refusal as refusal:
            return refused(request, refusal)
        return done(request, _("The group is open."), address("group", made.pk))
    context = {"groups": presenter.groups_of(person), "form": form}
    return render(request, "workbench/groups.html", context, status=422 if form.errors else 200)


@require_safe
@open_to(*GUIDES)
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """A group: its code, its posts with what they came to, its members as far as one looks after them."""
    person = staff_of(request)
    found = _group(person, pk)
    members, others = presenter.members_of(found, person)
    context = {
        "group": found,
        "qr": qr_svg(found.address) if found.address else "",
        "posts": presenter.posts_of(found),
        "members": members,
        "others": others,
        "may_keep": groups.may_keep(person, found.owner),
        "is_open": found.state == GroupState.OPEN,
    }
    return render(request, "workbench/group.html", context)


@require_POST
@open_to(*GUIDES)
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a group, or open it again."""
    person = staff_of(request)
    found = _group(person, pk)
    try:
        groups.set_open(found, is_open=request.POST.get("open") == "1", by=person)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(address("group", found.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(*GUIDES)
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor of a post. POST without ``save`` shows how it will look, with it the draft is kept."""
    person = staff_of(request)
    found = _group(person, pk)
    if not groups.may_keep(person, found.owner):
        return redirect(address("group", found.pk))
    known = _draft(found, number_in(request.GET, "post"))
    coupons, _campaigns = links.shareable()
    form = PostForm(request.POST or None, initial=_initial(known), coupons=coupons)
    error = ""
    if form.is_valid():
        try:
            if "save" in request.POST:
                made = posts.write(found, _drafted(form), by=person, post=known)
                return redirect(address("group-post", made.pk))
        except Refusal as refusal:
            error = str(refusal)
    context = {
        "group": found,
        "form": form,
        "coupons": coupons,
        "preview": form.cleaned_data if form.is_valid() else None,
        "error": error or (_("Look at what is marked.") if form.errors else ""),
    }
    return render(request, "workbench/group_write.html", context, status=422 if context["error"] else 200)


@require_safe
@open_to(*GUIDES)
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post: how it looks, what came of it, and claiming for a member who stands at the counter."""
    person = staff_of(request)
    found = _post(person, pk)
    [row] = presenter.shown_posts([found])
    members, _others = presenter.members_of(found.group, person)
    context = {
        "row": row,
        "group": found.group,
        "members": members if row.is_open else [],
        "may_keep": groups.may_keep(person, found.group.owner),
        "is_draft": found.state == PostState.DRAFT,
    }
    return render(request, "workbench/group_post.html", context)


@require_POST
@open_to(*GUIDES)
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft, or end what is published."""
    person = staff_of(request)
    found = _post(person, pk)
    verb = posts.publish if request.POST.get("step") == "publish" else posts.end
    try:
        verb(found, by=person)
    except Refusal as refusal:
        return refused(request, refusal)
    return redirect(address("group-post", found.pk))


@require_POST
@open_to(*GUIDES)
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Claim a piece for a member of the group who stands at the counter."""
    person = staff_of(request)
    found = _post(person, pk)
    member = get_object_or_404(Member.objects.visible_to(person), pk=number_in(request.POST, "member"))
    try:
        claims.claim(found, member, guide=person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(address("group-post", found.pk))
    return done(request, _("Claimed for %(name)s.") % {"name": member}, address("group-post", found.pk))


def _group(person: Staff, pk: int) -> StoreGroup:
    return get_object_or_404(StoreGroup.objects.visible_to(person).select_related("owner", "store"), pk=pk)


def _post(person: Staff, pk: int) -> GroupPost:
    related = ("group__owner", "group__store", "product", "template")
    return get_object_or_404(GroupPost.objects.visible_to(person).select_related(*related), pk=pk)


def _draft(found: StoreGroup, pk: int | None) -> GroupPost | None:
    return found.posts.filter(pk=pk, state=PostState.DRAFT).select_related("product").first() if pk else None


def _initial(known: GroupPost | None) -> dict[str, Any]:
    if known is None:
        now = timezone.now()
        return {"opens_at": moment(now), "closes_at": moment(now + OPEN_FOR), "each": 1}
    return {
        "text": known.text,
        "template": known.template_id,
        "sku": known.product.sku if known.product else "",
        "stock": known.stock,
        "each": known.each,
        "opens_at": moment(known.opens_at),
        "closes_at": moment(known.closes_at),
    }


def _drafted(form: PostForm) -> posts.PostDraft:
    given = form.cleaned_data
    return posts.PostDraft(
        text=given["text"],
        opens_at=given["opens_at"],
        closes_at=given["closes_at"],
        product=given["sku"],
        template=given["template"],
        stock=given["stock"],
        each=given["each"] or 1,
    )
