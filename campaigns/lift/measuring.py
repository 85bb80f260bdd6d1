"""The nightly job that measures what campaigns and journeys changed, one of them at a time (config/jobs.py)."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery
from django.utils import timezone

from campaigns.journeys import flows
from campaigns.journeys.entering import HOLDOUT_SALT
from campaigns.lift import arms, counting, overdates, stopping, windows
from campaigns.lift.counting import Row
from campaigns.lift.judging import Effects, keep
from campaigns.memberdays.audience import holdout_salt
from campaigns.models import (
    CampaignKind,
    Effect,
    Journey,
    JourneyState,
    MemberDay,
    MemberDayOccurrence,
    Part,
    Participant,
    Trip,
)
from stores.errors import Refusal
from stores.models import Job

logger = logging.getLogger(__name__)

MOST_WAVES = 24
PLACES = (Part.STORE, Part.GUIDE)


def measure_chunk(job: Job) -> bool:
    """The next date of a campaign, then the next campaign over its dates, then the next journey; True at the end."""
    kind, after = next(iter(job.cursor.items()), (OCCURRENCE, 0))
    rows, measure, following = TURNS[kind]
    subject = rows().filter(pk__gt=after).order_by("pk").first()
    if subject is None:
        job.cursor = {following: 0}
        return not following
    _measured(measure, subject)
    job.cursor = {kind: subject.pk}
    job.done += 1
    return False


def _measured(measure: Callable[[Any], list[Effect]], subject: Any) -> None:
    """Measure one; what means nothing any more, such as the rule of a goal, keeps no other from being measured."""
    try:
        with transaction.atomic():
            measure(subject)
    except Refusal as refusal:
        logger.warning("%r is not measured: %s", subject, refusal.code)


def measure_occurrence(occurrence: MemberDayOccurrence) -> list[Effect]:
    """Measure a date of a campaign whose members are fixed, as of now, in the caller's transaction."""
    now, end, since = timezone.now(), windows.end_of(occurrence), occurrence.enrolled_at
    if since is None:
        return []
    until = min(now, end)
    common = {
        "occurrence": occurrence, "since": since, "until": until, "as_of": now, "is_final": now >= end + windows.LATE
    }  # fmt: skip
    found = Effects(common)
    rows = counting.occurrence(occurrence, since, until)
    day = occurrence.member_day
    found.add(Part.WHOLE, "", rows, arms.held_out_share(holdout_salt(day.pk), day.holdout_percent))
    _add_places(found, rows)
    keep(found.rows, now, occurrence=occurrence)
    # Of a recurring day only the newest date is shown by store and guide.
    Effect.objects.filter(
        occurrence__member_day=day, occurrence__on__lt=occurrence.on, is_final=True, part__in=PLACES
    ).delete()
    return found.rows


def measure_campaign(day: MemberDay) -> list[Effect]:
    """Measure a campaign over those of its dates of which is still kept who took part, in the caller's transaction;
    nothing where these are fewer than two."""
    now = timezone.now()
    kept = [one for one in _dates_of(day) if one.enrolled_at]
    if len(kept) < 2:
        return []
    ends = {one.pk: windows.end_of(one) for one in kept}
    dates = [overdates.Watched(one.pk, one.enrolled_at, min(now, ends[one.pk])) for one in kept if one.enrolled_at]
    common = {
        "campaign": day, "since": min(one.since for one in dates), "until": max(one.until for one in dates),
        "as_of": now, "is_final": now >= max(ends.values()) + windows.LATE,
    }  # fmt: skip
    found = Effects(common)
    treated, control = overdates.heads(dates)
    expected = arms.held_out_share(holdout_salt(day.pk), day.holdout_percent)
    found.add_heads(Part.DATES, str(len(dates)), treated, control, expected)
    keep(found.rows, now, campaign=day)
    return found.rows


def _dates_of(day: MemberDay) -> Any:
    took_part = Participant.objects.filter(occurrence=OuterRef("pk"))
    fixed = day.occurrences.filter(withdrawn_at=None, enrolled_at__lte=timezone.now())
    return fixed.filter(Exists(took_part)).order_by("on")


def measure_journey(journey: Journey) -> list[Effect]:
    """Measure a journey as of now, by whoever has been watched for long enough, in the caller's transaction; then its
    stop rule is asked."""
    if journey.version is None:
        return []
    flow, now = flows.stored(journey.version.flow), timezone.now()
    days = windows.days_of(flow.goal)
    since, ripe = now - timedelta(days=windows.BACK.value), now - timedelta(days=days)
    rows = counting.journey(journey, flow.goal, days, since, ripe)
    common = {"journey": journey, "since": since, "until": ripe, "as_of": now, "is_final": _is_over(journey, ripe)}
    found = Effects(common, goal=flow.goal is not None)
    salt = HOLDOUT_SALT.format(journey.pk)
    expected = arms.held_out_share(salt, journey.holdout_percent)
    if rows:
        found.add(Part.WHOLE, "", rows, expected)
        for key, wave in sorted(_by(rows, "key").items())[-MOST_WAVES:]:
            if key:
                found.add(Part.WAVE, str(key), wave, expected)
        _add_ways(found, journey, flow, counting.ways(journey, _splits(flow), flow.goal, days, since, ripe))
        _add_places(found, rows)
    keep(found.rows, now, journey=journey)
    stopping.look(journey, rows)
    return found.rows


def _add_ways(found: Effects, journey: Journey, flow: flows.Flow, counted: Iterable[Row]) -> None:
    """Each way of a split beside its first one."""
    by_key = {str(key): rows for key, rows in _by(counted, "key").items()}
    for step in _splits(flow):
        first = by_key.get(f"{step}:a", [])
        counts = arms.ways_of(
            f"journey:{journey.pk}:{step}",
            flow.by_key[step].settings["percents"],
            HOLDOUT_SALT.format(journey.pk),
            journey.holdout_percent,
        )
        for way, many in zip("bcde", counts[1:], strict=False):
            found.add(
                Part.LANE, f"{step}:{way}", [*first, *by_key.get(f"{step}:{way}", [])], counts[0] / (counts[0] + many)
            )


def _add_places(found: Effects, rows: list[Row]) -> None:
    found.add_places(Part.STORE, _by(rows, "store"))
    found.add_places(Part.GUIDE, _by(rows, "guide"))


def _by(rows: Iterable[Row], name: str) -> Mapping[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _splits(flow: flows.Flow) -> list[str]:
    return [key for key, step in flow.by_key.items() if step.kind == "split"]


def _open_occurrences() -> Any:
    """Dates whose members are fixed and that are not measured for good."""
    measured = Effect.objects.filter(occurrence=OuterRef("pk"), is_final=True)
    fixed = MemberDayOccurrence.objects.filter(enrolled_at__isnull=False, enrolled_at__lte=timezone.now())
    return fixed.exclude(Exists(measured)).select_related("member_day")


def _open_campaigns() -> Any:
    """Campaigns with a date that was measured after they were last measured over all of their dates."""
    newest = Effect.objects.filter(occurrence__member_day=OuterRef("pk")).order_by("-as_of").values("as_of")[:1]
    over_all = Effect.objects.filter(campaign=OuterRef("pk")).order_by("-as_of").values("as_of")[:1]
    measured = MemberDay.objects.filter(kind=CampaignKind.RECURRING).annotate(
        newest=Subquery(newest), over_all=Subquery(over_all)
    )
    return measured.filter(Q(over_all=None) | Q(over_all__lt=F("newest")), newest__isnull=False)


def _open_journeys() -> Any:
    """Journeys that were published and are not measured for good."""
    measured = Effect.objects.filter(journey=OuterRef("pk"), is_final=True)
    return Journey.objects.exclude(state=JourneyState.DRAFT).exclude(Exists(measured)).select_related("version")


def _is_over(journey: Journey, ripe: datetime) -> bool:
    if journey.state != JourneyState.ENDED:
        return False
    last = Trip.objects.filter(journey=journey).aggregate(last=Max("entered_at"))["last"]
    return last is not None and last <= ripe - windows.LATE


OCCURRENCE, CAMPAIGN, JOURNEY = "occurrence", "campaign", "journey"
# What is measured in turn: which, how, and what comes after.
TURNS: Mapping[str, tuple[Callable[[], Any], Callable[[Any], list[Effect]], str]] = {
    OCCURRENCE: (_open_occurrences, measure_occurrence, CAMPAIGN),
    CAMPAIGN: (_open_campaigns, measure_campaign, JOURNEY),
    JOURNEY: (_open_journeys, measure_journey, ""),
}
