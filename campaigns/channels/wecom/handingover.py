"""Members who got another guide here get them in WeCom too: as a job, when the change is no longer taken back.

WeCom lets a customer change hands only so often, so nothing is handed over in the first ``wecom.hand_over_hours``, and
whoever has yet another guide by then is left to the later change. Asking twice for the same customer is refused by
WeCom itself, so a chunk that a killed worker began may be repeated.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.channels.calling import NotTaken, Refused, Unclear
from campaigns.channels.wecom import client, customers
from campaigns.channels.wecom.guides import user_id
from members.models import Identity, IdentityKind, Member, MemberState
from members.oneid.identityseals import value_of
from stores import jobs
from stores.jobs import NotYet
from stores.models import Job, Staff
from stores.policy import define

KIND = "campaigns.hand_over_in_wecom"
HOURS = define(
    "wecom.hand_over_hours",
    24,
    gettext_lazy("WeCom: hours until a change of guide is handed over"),
    minimum=1,
    maximum=720,
)
HAND_OVER = define("wecom.hand_over", True, gettext_lazy("WeCom: hand customers over when their guide changes"))
PER_JOB = 1_000
REST, PATIENCE = timedelta(minutes=10), timedelta(days=7)


def plan_from(changes: Iterable[tuple[int, int, Mapping[str, Any]]]) -> int:
    """Plan the hand-overs of changes given as (batch, member, data with ``from`` and ``guide``); how many jobs that is.

    Nothing is planned without WeCom, where headquarters switched it off, or where there was no guide before or is none
    now; the same batch again is once.
    """
    if not client.is_set_up() or not HAND_OVER.value:
        return 0
    pairs: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for batch, member, data in changes:
        if data.get("from") and data.get("guide"):
            pairs[batch, data["from"], data["guide"]].append(member)
    due, planned = timezone.now() + timedelta(hours=HOURS.value), 0
    for (batch, before, now), members in pairs.items():
        for first in range(0, len(members), PER_JOB):
            some = sorted(members)[first : first + PER_JOB]
            jobs.plan(
                KIND,
                params={"from": before, "to": now, "members": some},
                title=_("Hand-over in WeCom"),
                natural_key=f"wecom-hand-over:{batch}:{before}:{now}:{first}",
                queue="sends",
                due_at=due,
            )
            planned += 1
    return planned


def hand_over_chunk(job: Job) -> bool:
    """Hand the next hundred over; ``result`` counts what WeCom said. Rests while WeCom is busy or away."""
    members: list[int] = job.params["members"]
    start = int(job.cursor.get("next", 0))
    job.total = len(members)
    some = members[start : start + customers.AT_ONCE]
    addresses = _addresses(some, job.params["to"])
    people = Staff.objects.in_bulk([job.params["from"], job.params["to"]])
    before, now = people.get(job.params["from"]), people.get(job.params["to"])
    if addresses and before and now and now.is_active:
        _count(job, _transferred(job, before, now, addresses))
    job.cursor = {"next": start + len(some)}
    job.done = start + len(some)
    return job.done >= len(members)


def _transferred(job: Job, before: Staff, now: Staff, addresses: list[str]) -> list[str]:
    try:
        made = customers.transfer(
            user_id(before), user_id(now), addresses[: customers.AT_ONCE], has_left=not before.is_active
        )
    except Refused as error:
        return [error.reason] * len(addresses)
    except (NotTaken, Unclear) as error:
        if timezone.now() - job.created_at > PATIENCE:
            return [error.reason] * len(addresses)
        raise NotYet(REST) from None
    return [one.state for one in made]


def _addresses(members: list[int], guide: int) -> list[str]:
    """The WeCom customers among these members whose guide is still the one they were handed to."""
    still = Member.objects.filter(pk__in=members, guide=guide, state=MemberState.ACTIVE)
    rows = Identity.objects.filter(member__in=still, kind=IdentityKind.WECOM_EXTERNAL_ID).order_by("member_id", "pk")
    return [value_of(row) for row in rows.distinct("member_id")]


def _count(job: Job, states: Iterable[str]) -> None:
    said = dict(job.result)
    for state in states:
        said[state] = said.get(state, 0) + 1
    job.result = said
