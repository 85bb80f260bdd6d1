"""Every route of the workbench x every role x own, a colleague's, another store's and missing things.

What somebody does not look after answers exactly as what does not exist: 404. A route that stands in no table of
routes.py fails the build; so does one that nobody guards.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import get_resolver

from campaigns.models import GuideTask
from coupons.models import Offer, PointsExchange, TopUp
from members import benefits
from members.models import Benefit, HandedMember, HandOver, Member
from stores.models import Staff
from tests.makers import make_admin, make_area_manager, make_coupon, make_marketer, make_task, number
from tests.workbench.routes import ABOUT, ABOUT_NOBODY, FOR_LEADERS, NOT_FOR_AREA, OPEN_TO_ALL
from tests.workbench.scenery import Chain, a_tag
from workbench import urls
from workbench.access import EVERYBODY, GUIDES, LEADERS

pytestmark = pytest.mark.django_db
MISSING = 2_000_000_000

OWNERS = ("own", "colleague", "elsewhere", "missing")
# which owners' things each role may see
SEES = {
    "guide": {"own"},
    "store_manager": {"own", "colleague"},
    "area_manager": {"own", "colleague", "elsewhere"},
    "hq_marketer": set(),
    "hq_admin": set(),
    "stranger": set(),
}
ROUTES = {pattern.name: pattern.callback for pattern in urls.urlpatterns}


def things(chain: Chain) -> dict[str, dict[str, int]]:
    """One member, task, offer and guide per owner."""
    found = {"missing": dict.fromkeys(("member", "task", "offer", "guide", "use", "made", "asked", "hand"), MISSING)}
    tasting = Benefit.objects.create(tier=chain.zihan.tier, kind="tasting", title="试吃", quota=9, period="month")
    owned = {
        "own": (chain.zihan, chain.lin),
        "colleague": (chain.jianguo, chain.he),
        "elsewhere": (chain.anna, chain.gu),
    }
    for owner, (member, guide) in owned.items():
        task = make_task(member, template=chain.second)
        offer = Offer.objects.create(member=member, guide=guide, store=guide.store, text="您好", channel="wecom",
                                     request_key=f"probe-{number()}", leaves_at=task.created_at)  # fmt: skip
        made = PointsExchange.objects.create(member=member, template=chain.second, points=1, request_key=f"{number()}",
                                             coupon=make_coupon(member, template=chain.second))  # fmt: skip
        hand = HandOver.objects.create(giver=guide, store=guide.store, rule="even", due_at=task.created_at)
        HandedMember.objects.create(hand_over=hand, member=member, before=guide, guide=guide)
        asked = TopUp.objects.create(guide=guide, store=guide.store, template=chain.second, month="2026-01-01", count=1)
        found[owner] = {"member": member.pk, "task": task.pk, "offer": offer.pk, "guide": guide.pk, "made": made.pk,
                        "asked": asked.pk, "hand": hand.pk,
                        "use": benefits.use(member, tasting, reference="a").pk}  # fmt: skip
    return {owner: keys | {"benefit": tasting.pk, "template": chain.second.pk} for owner, keys in found.items()}


def people(chain: Chain) -> dict[str, Staff | None]:
    """One person per role."""
    return {
        "guide": chain.lin,
        "store_manager": chain.zhou,
        "area_manager": make_area_manager(region=chain.store.region),
        "hq_marketer": make_marketer(),
        "hq_admin": make_admin(),
        "stranger": None,
    }


def roles_of(name: str) -> tuple[str, ...]:
    return LEADERS if name in FOR_LEADERS else GUIDES if name in NOT_FOR_AREA else EVERYBODY


def ask(client: Client, probe: str, values: dict[str, int]) -> int:
    """The status of one request."""
    verb, path = probe.format(**values).split(" ")
    headers = {"HX-Request": "true"} if "?hx" in path else {}
    path, _mark, query = path.partition("?")
    data = dict(pair.split("=") for pair in query.split("&") if "=" in pair)
    call: Callable = client.get if verb == "GET" else client.post
    return call(path, data, headers=headers).status_code


def expected(name: str, role: str, owner: str) -> set[int]:
    """What may be answered: seen things anything but 403, 404 and 5xx; unseen ones 404 alone."""
    if role == "stranger" or role.startswith("hq"):
        return {302}
    if role not in roles_of(name):
        return {403}
    return {200, 302, 409, 422} if owner in SEES[role] else {404}


def test_every_route_stands_in_a_table_and_is_guarded():
    tables = set(ABOUT) | set(ABOUT_NOBODY) | OPEN_TO_ALL
    assert set(ROUTES) == tables
    guarded = {name: getattr(view, "roles", getattr(getattr(view, "__wrapped__", None), "roles", None))
               for name, view in ROUTES.items()}  # fmt: skip
    assert {name for name, roles in guarded.items() if roles is None} == OPEN_TO_ALL
    assert {name: roles_of(name) for name in set(ROUTES) - OPEN_TO_ALL} == {
        name: roles for name, roles in guarded.items() if roles is not None
    }
    assert get_resolver().reverse_dict is not None


@pytest.mark.parametrize("role", SEES)
def test_things_of_others_answer_as_if_they_did_not_exist(chain, role):
    found, person, leaks = things(chain), people(chain)[role], []
    tag = a_tag().pk
    probes = 0
    for name, templates in ABOUT.items():
        for template in templates:
            for owner in OWNERS:
                client = Client()
                if person:
                    client.force_login(person)
                # the guide of a hand-over is seen by leaders only; what a probe changes must not help the next
                status = ask(client, template, found[owner] | {"tag": tag})
                probes += 1
                if status not in expected(name, role, owner):
                    leaks.append(f"{role} {template} {owner}: {status}")
    assert leaks == []
    assert probes == sum(map(len, ABOUT.values())) * len(OWNERS)


@pytest.mark.parametrize("role", SEES)
def test_pages_about_nobody_open_only_for_their_roles(chain, role):
    person, wrong = people(chain)[role], []
    for name, templates in ABOUT_NOBODY.items():
        for template in templates:
            client = Client()
            if person:
                client.force_login(person)
            status = ask(client, template, {})
            allowed = role in roles_of(name)
            right = {200, 302, 404} if allowed else {403} if role in SEES and role in EVERYBODY else {302}
            if status not in right:
                wrong.append(f"{role} {template}: {status}")
    assert wrong == []


def test_refused_probes_changed_nothing(chain):
    found = things(chain)
    before = (list(Member.objects.values()), list(GuideTask.objects.values()), list(Offer.objects.values()))
    client = Client()
    client.force_login(chain.gu)
    for templates in ABOUT.values():
        for template in templates:
            for owner in ("own", "colleague", "missing"):
                assert ask(client, template, found[owner] | {"tag": a_tag(f"标签{number()}").pk}) in (403, 404)
    assert before == (list(Member.objects.values()), list(GuideTask.objects.values()), list(Offer.objects.values()))


def test_the_probe_can_find_a_leak(chain, monkeypatch):
    """With the scope switched off the same probe sees what it must not."""
    monkeypatch.setattr("stores.scope.ScopedQuerySet.visible_to", lambda rows, viewer: rows)
    client = Client()
    client.force_login(chain.gu)
    assert ask(client, "GET /m/{member}/", {"member": chain.zihan.pk}) == 200
