"""The programs about coupons, journeys and rules that ``make torture`` runs beside the histories, each by ONLY=name.

SHARE=0.1 runs a tenth of each. Every program tells what it did and what was wrong.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import connection

from coupons.codes import CODE_SQL, DICE_SQL
from coupons.models import Coupon
from stores.models import Store
from tests.bench.bench_redemption import build
from tests.bench.webservers import running
from tests.torture import bulkissue, couponlife, journeykills, lifts, messages, rules, tills

RACES, REQUESTS, MEMBERS, KILLS, WIPES, CRASHES = 1_000, 50_000, 1_000_000, 100, 10, 5
STORIES, BURSTS, GUESSES, CONTROLS = 300, 12, 10_000_000, 20
POPULATIONS = 10
TRAVELLERS, JOURNEY_KILLS = 125_000, 30  # a million steps
OWN_SERVER = ("issue", "journeys", "lift")  # or no database at all
UNGUARDED = "tests.concurrency.unguarded_wsgi:application"
HITS = f"""
    SELECT count(c.id) FROM (
        SELECT {CODE_SQL} AS guess FROM (SELECT {DICE_SQL} AS dice FROM generate_series(1, %s)) AS thrown) AS g
      JOIN coupons_coupon c ON c.code = g.guess
"""
Told = tuple[str, list[str]]
Program = Callable[[int, float], Told]


def life(seed: int, share: float) -> Told:
    """Stories of the life of coupons with eight threads."""
    stories = _part(STORIES, share)
    try:
        couponlife.live(stories=stories, bursts=BURSTS, seed=seed)
    except AssertionError as error:
        return f"{stories} stories of coupons", [str(error)]
    return f"{stories} stories of up to {BURSTS} bursts of {couponlife.THREADS} acts", []


def races(seed: int, share: float) -> Told:
    """R1: sixty-four tills at each coupon, and the control without the guard."""
    with shop(_part(RACES, share)) as (store, key, codes):
        with running() as url:
            result = tills.race(url, key, store, codes)
        wrong = tills.redeemed_once(codes)
        with shop_again(CONTROLS) as fresh, running(UNGUARDED) as url:
            control = tills.race(url, key, store, fresh)
    if result.most != 1 or result.statuses[200] != len(codes) or set(result.statuses) != {200, 409}:
        wrong.append(f"tills heard {dict(result.statuses)}, one coupon up to {result.most} times")
    if control.statuses[200] <= CONTROLS:
        wrong.append("the control redeemed no coupon twice: this run proves nothing")
    return (
        f"{len(codes)} coupons x {tills.TILLS} tills: {result.statuses[200]} redemptions; without the guard (control): "
        f"{control.statuses[200]} of {CONTROLS} coupons, one up to {control.most} times",
        wrong,
    )


def answers(seed: int, share: float) -> Told:
    """R3: till requests sent two to five times in parallel, reordered."""
    with shop(_part(REQUESTS, share)) as (store, key, codes), running() as url:
        wrong = tills.sent_again_and_again(url, key, store, codes, random.Random(seed))
        wrong += tills.redeemed_once(codes)
    return f"{len(codes)} requests sent 2 to 5 times: one effect and one answer each", wrong


def issue(seed: int, share: float) -> Told:
    """R2: a bulk issue through kills, wipes and crashes."""
    outcome = bulkissue.run(
        random.Random(seed),
        members=_part(MEMBERS, share),
        kills=_part(KILLS, share),
        wipes=_part(WIPES, share),
        crashes=_part(CRASHES, share),
    )
    return f"{_part(MEMBERS, share):,} coupons in bulk through {outcome}", outcome.wrong


def journeys(seed: int, share: float) -> Told:
    """A million steps of a journey through kills, and the control that commits in two transactions."""
    members, kills = _part(TRAVELLERS, share), _part(JOURNEY_KILLS, share)
    outcome = journeykills.run(random.Random(seed), members=members, kills=kills)
    return f"{members * journeykills.STEPS:,} steps of {members:,} members through {outcome}", outcome.wrong


def guesses(seed: int, share: float) -> Told:
    """Codes of this moment, guessed by somebody who knows everything but the dice."""
    made, left = 0, _part(GUESSES, share)
    build(_part(1_000_000, share))
    hits = 0
    while made < left:
        with connection.cursor() as cursor:
            cursor.execute(HITS, [min(1_000_000, left - made)])
            hits += cursor.fetchone()[0]
        made += 1_000_000
    return f"{left:,} guesses of coupon codes", [f"{hits} hit"] if hits else []


def segments(seed: int, share: float) -> Told:
    """Random rules find the same members in SQL and in memory; and where a fact is made wrong, they do not."""
    told = rules.ask(seed, _part(POPULATIONS, share))
    with rules.one_fact_wrong() as fact:
        control = rules.ask(seed, 1)
    wrong = told.wrong
    if told.divided < told.trees / 4:
        wrong.append(f"only {told.divided} of {told.trees} rules tell members apart")
    if missing := rules.REGISTRY.keys() - told.facts:
        wrong.append(f"nobody asked {sorted(missing)}")
    if not control.wrong:
        wrong.append("the control agreed: this run proves nothing")
    return (
        f"{told.pairs:,} pairs of {told.trees:,} rules and members, asked in three ways beside memory; with SQL of "
        f"{fact.key} that is wrong (control): {len(control.wrong)} of {control.trees} rules disagree",
        wrong,
    )


PROGRAMS: Mapping[str, Program] = {
    "life": life, "races": races, "issue": issue, "answers": answers, "guesses": guesses, "segments": segments,
    "journeys": journeys, "lift": lifts.run, "messages": messages.program,
}  # fmt: skip


@contextmanager
def shop(coupons: int) -> Iterator[tuple[Store, str, list[str]]]:
    """A store, a key, and the codes of so many coupons that nobody has used."""
    store, _template = build(coupons)
    _key, text = tills.make_key()
    yield store, text, list(Coupon.objects.order_by("pk").values_list("code", flat=True))


@contextmanager
def shop_again(coupons: int) -> Iterator[list[str]]:
    """Some of the coupons, unused again."""
    rows = Coupon.objects.order_by("pk")[:coupons]
    again = {"state": "issued", "used_at": None, "discount": None, "order_no": "", "used_store": None}
    Coupon.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(**again)
    yield list(rows.values_list("code", flat=True))


def run_program(name: str, seed: int, share: float) -> tuple[str, bool]:
    """Run a program; its summary with what was wrong, and whether all was well."""
    begun = time.monotonic()
    told, wrong = PROGRAMS[name](seed, share)
    lines = [f"{name}: {told}, {time.monotonic() - begun:.0f} s, {len(wrong)} wrong, SEED={seed}"]
    return "\n    ".join([*lines, *wrong[:10]]), not wrong


def _part(whole: int, share: float) -> int:
    return max(1, round(whole * share))
