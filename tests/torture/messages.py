"""R4: messages through a faulty gateway, their workers killed at random moments, members withdrawing meanwhile.

None is lost, none reaches anybody twice, none leaves after its member has withdrawn, and nobody is told more a day than
may be. The control sends again on a guess: there the same faults make doubles.
"""

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from campaigns.models import Touch
from campaigns.touches import outcomes
from campaigns.touches.planning import plan_rows
from members.models import Consent, Identity, IdentityKind, Member
from members.oneid.identityseals import identity_row
from members.privacy import consents
from stores import policy
from tests.architecture.source import ROOT
from tests.campaigns.touches.post import make_message, make_occurrence
from tests.faults.bulkissue import PEOPLE

MESSAGES, KILLS = 100_000, 40
WORKERS = 2
FAULTY = 0.25  # of the calls
EAGER = 100  # of the members are to get four messages, which is more than a day allows
SLACK = 3.0  # seconds that a call may be on its way, which no asking before it can shorten
AGREED = """
    INSERT INTO members_consent
        (member_id, channel, purpose, granted, wording_version, language, collected_by, at, recorded_at)
    SELECT id, 'sms', 'marketing', true, '1', '', '', now() - interval '1 day', now() FROM members_member
"""
WHO = """
    SELECT id, %(source)s::bigint, 1.0, NULL::bigint FROM members_member WHERE %(nth)s = 0 OR id %% %(one_in)s = 0
"""
UNSETTLED = """state = 'claimed' OR state = 'unknown' AND lease_until IS NOT NULL
        OR state = 'planned' AND due_at < now() + interval '10 minutes'"""
# How many are not settled, and the attempts of all: what grows while anything is still being done.
ON_THE_WAY = f"SELECT count(*) FILTER (WHERE {UNSETTLED}), sum(attempt) FROM campaigns_touch"
STUCK = f"""
    SELECT id, member_id, state, suppressed_by, attempt, due_at - now(), lease_until - now()
      FROM campaigns_touch WHERE {UNSETTLED} ORDER BY id LIMIT 5
"""
STALLED = 120.0  # seconds in which no message settles and none is tried


@dataclass
class Outcome:
    """What happened, and what was wrong at the end."""

    messages: int = 0
    kills: list[int] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    doubles: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages in {self.seconds:.0f} s, {len(self.kills)} kills (in flight: "
            f"{', '.join(map(str, self.kills))}), faults {self.faults}, {self.withdrawn} withdrew meanwhile, "
            f"{self.states}, {self.doubles} doubles"
        )


def program(seed: int, share: float) -> tuple[str, list[str]]:
    """R4 for ``make torture``: all of it, and the control that must make doubles."""
    messages, kills = (max(1, round(whole * share)) for whole in (MESSAGES, KILLS))
    outcome = run(random.Random(seed), messages=messages, kills=kills)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE members_member, campaigns_touch RESTART IDENTITY CASCADE")
    control = run(random.Random(seed), messages=max(300, messages // 50), kills=1, unsafe=True)
    wrong = outcome.wrong + ([] if control.doubles else ["the control made no doubles: this run proves nothing"])
    return f"{outcome}; sent again on a guess (control): {control.doubles} doubles of {control.messages}", wrong


def run(chance: random.Random, *, messages: int, kills: int, unsafe: bool = False) -> Outcome:
    """Send ``messages`` through all of it, in the database of the connection."""
    prepare(messages)
    outcome = Outcome(messages=Touch.objects.count())
    gateway = start("tests.torture.gateway", SEED=str(chance.randrange(10**9)), FAULTY=str(FAULTY), read=True)
    url = f"http://127.0.0.1:{gateway.stdout.readline().decode().strip()}"
    begun = time.monotonic()
    try:
        gone = _through(chance, url, outcome, kills=kills, unsafe=unsafe)
        with urllib.request.urlopen(f"{url}/kept") as answer:
            kept = json.load(answer)
    finally:
        gateway.kill()
        gateway.communicate()
    outcome.seconds, outcome.faults = time.monotonic() - begun, kept["faults"]
    _judge(outcome, kept["taken"], gone)
    return outcome


def prepare(messages: int) -> None:
    """Members with phones who agreed, and a message to each; some are to get four. There are no quiet hours."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [messages])
    for first in range(0, messages, 20_000):
        people = Member.objects.order_by("pk")[first : first + 20_000]
        rows = [
            identity_row(one, IdentityKind.PHONE, f"1{30_000_000_00 + first + nth}") for nth, one in enumerate(people)
        ]
        Identity.objects.bulk_create(rows, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute(AGREED)
    for name, value in (("offers.quiet_from_hour", 9), ("offers.quiet_until_hour", 9), (outcomes.HORIZON.name, 168)):
        policy.change(name, value, by=None)
    message, due = make_message("{name}您好，会员日到了。"), timezone.now()
    for nth in range(4):
        given = {"source": make_occurrence().pk, "nth": nth, "one_in": EAGER}
        plan_rows(WHO, given, "campaign", "sms", message.pk, step="notice", due_at=due)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def start(module: str, *, read: bool = False, **env: str) -> subprocess.Popen[bytes]:
    """A process of this tree on the database of the connection."""
    old = connection.settings_dict
    address = f"postgresql://{old['USER']}:{old['PASSWORD']}@{old['HOST']}:{old['PORT']}/{old['NAME']}"
    if old["HOST"].startswith("/"):
        address = f"postgresql://{old['USER']}:{old['PASSWORD']}@/{old['NAME']}?host={old['HOST']}"
    ours = {"DATABASE_URL": address, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings"}
    out = subprocess.PIPE if read else subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", module], cwd=ROOT, env=os.environ | ours | env, stdout=out)


def _through(chance: random.Random, url: str, outcome: Outcome, *, kills: int, unsafe: bool) -> dict[int, float]:
    """Let workers send, kill them, let members withdraw; then let it come to its end. Returns who withdrew when."""
    told = {"SMS_URL": url, "SMS_KEY": "k", "PROVIDERS_MAY_BE_PRIVATE": "1", "UNSAFE": "1" if unsafe else "0"}
    gone: dict[int, float] = {}
    workers: list[subprocess.Popen[bytes]] = []
    try:
        for _kill in range(kills):
            workers += [start("tests.torture.postman", **told) for _nth in range(WORKERS - len(workers))]
            if not _wait(lambda: Touch.objects.filter(state="claimed").exists(), 60):
                break  # nothing is left that a kill could hit
            gone |= _withdraw(chance)
            time.sleep(chance.uniform(0.0, 1.0))
            outcome.kills.append(Touch.objects.filter(state="claimed").count())
            victim = workers.pop(chance.randrange(len(workers)))
            victim.kill()
            victim.wait()
        workers += [start("tests.torture.postman", **told) for _nth in range(WORKERS - len(workers))]
        outcome.wrong += _unsettled(120 + outcome.messages / 50)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    outcome.withdrawn = len(gone)
    return gone


def _withdraw(chance: random.Random) -> dict[int, float]:
    """Some members whose message is still to leave want no more."""
    waiting = Touch.objects.filter(state="planned").order_by("due_at").values_list("member", flat=True)[:3_000]
    found: dict[int, float] = {}
    for member in chance.sample(sorted(set(waiting)), min(20, len(set(waiting)))):
        consents.withdraw(Member.objects.get(pk=member), Consent.Channel.SMS)
        found[member] = time.time()
    return found


def _judge(outcome: Outcome, taken: dict[str, list[float]], gone: dict[int, float]) -> None:
    rows = list(Touch.objects.values_list("pk", "member", "state", "suppressed_by"))
    states = Touch.objects.values_list("state").annotate(many=Count("pk"))
    outcome.states = dict(states)
    outcome.doubles = sum(len(moments) > 1 for moments in taken.values())
    ours = {f"tch-{pk}": (member, state) for pk, member, state, _why in rows}
    lost = [key for key, (_member, state) in ours.items() if state == "accepted" and key not in taken]
    silent = [key for key in taken if ours[key][1] not in ("accepted", "unknown")]
    late = [key for key, moments in taken.items() if max(moments) > gone.get(ours[key][0], float("inf")) + SLACK]
    per_member = Touch.objects.filter(state__in=["accepted", "unknown"]).values("member").annotate(many=Count("pk"))
    too_many = per_member.filter(many__gt=2).count()
    planned = [pk for pk, _member, state, why in rows if state == "planned" and why not in ("cap_day", "outbid")]
    for name, found in (
        ("said to have left and never arrived", len(lost)),
        ("arrived and are not known to", len(silent)),
        ("arrived twice", outcome.doubles),
        ("arrived after their member withdrew", len(late)),
        ("members heard more than two a day", too_many),
        ("still wait for no reason", len(planned)),
    ):
        if found:
            outcome.wrong.append(f"{found} {name}")


def _wait(condition: Any, seconds: float) -> bool:
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if condition():
            return True
        time.sleep(0.2)
    return bool(condition())


def _unsettled(seconds: float) -> list[str]:
    """Wait until every message is settled; what is not when nothing moves any more, or after so long."""
    late, moved, before = time.monotonic() + seconds, time.monotonic(), None
    while (now := _rows(ON_THE_WAY)[0])[0]:
        if now != before:
            moved, before = time.monotonic(), now
        if time.monotonic() > min(late, moved + STALLED):
            return [f"{now[0]} messages never settle", *map(str, _rows(STUCK))]
        time.sleep(0.5)
    return []


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
