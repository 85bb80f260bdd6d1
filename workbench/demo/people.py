"""Members with identities, guides, consents and tags, in SQL over a range of row numbers."""

from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper

from members.lunartables import kept_sql
from members.membercodes import HOW_MANY, LOWEST
from members.models import IdentityKind, Member, MemberTag, Tag, TagGroup, Tier
from members.names import initials_of
from members.oneid.identityseals import sealed_identity
from stores.models import Role, Staff, Store
from workbench.demo import vocabulary as words
from workbench.demo.dice import Dice, permuted

CODE = f"(({LOWEST} + {permuted('g.i', 61_803_398_873, HOW_MANY)}) * 11)::text"
PHONE = f"(13000000000 + {permuted('g.i', 4_294_967_291, 7 * 10**9)})::text"


@dataclass(frozen=True)
class Range:
    """Row numbers ``first`` to ``last``; ``base`` is added to make the primary key."""

    first: int
    last: int
    base: int

    @property
    def params(self) -> dict[str, int]:
        """The range as named SQL parameters."""
        return {"first": self.first, "last": self.last, "base": self.base}


def prepare() -> None:
    """Temporary tables of seats (store by weight, its guides) that the members are dealt to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS demo_store (n int PRIMARY KEY, id bigint, guides bigint[]); "
            "TRUNCATE demo_store"
        )
        rows = []
        for number, store in enumerate(Store.objects.order_by("pk"), start=1):
            guides = Staff.objects.filter(store=store, role=Role.GUIDE, is_active=True).order_by("pk")
            rows.append((number, store.pk, list(guides.values_list("pk", flat=True))))
        cursor.executemany("INSERT INTO demo_store VALUES (%s, %s, %s)", rows)


def build_members(part: Range, dice: Dice, stores: int) -> None:
    """Members of a range: half of them joined within the year, three in a hundred have no guide."""
    month, day = kept_sql("p.birthday", "p.calendar")
    surname = dice.of(words.SURNAMES, "g.i", 1)
    given = dice.of(words.GIVEN, "g.i", 2) + " || CASE WHEN " + dice.roll("g.i", 3) + " < 0.8 THEN "
    given += dice.of(words.GIVEN, "g.i", 4) + " ELSE '' END"
    sql = f"""
        INSERT INTO members_member (id, code, name, initials, state, phone_last4, phone_masked, birthday,
            birthday_calendar, feast_month, feast_day, joined_at, source, home_store_id, guide_id, tier_id,
            tier_since, growth, points, stage, stage_since, bucket, updated_at)
        SELECT %(base)s + p.i, p.code, p.name, '', 'active', right(p.phone, 4),
            left(p.phone, 3) || '****' || right(p.phone, 4), p.birthday, p.calendar, {month}, {day},
            p.joined_at, p.source, s.id,
            CASE WHEN p.kept < 0.97 THEN s.guides[1 + floor(p.seat * cardinality(s.guides))::int] END,
            %(tier)s, p.joined_at, 0, 0, 'introduction', p.joined_at, floor({dice.roll("p.i", 15)} * 10000), now()
        FROM (
            SELECT g.i, {CODE} AS code, {PHONE} AS phone, {surname} || {given} AS name,
                (date '1958-01-01' + floor(power({dice.roll("g.i", 5)}, 0.7) * 17500)::int) AS birthday,
                CASE WHEN {dice.roll("g.i", 16)} < 0.12 THEN 'lunar' ELSE 'solar' END AS calendar,
                date_trunc('day', now()) - make_interval(
                    hours => (24 * 400 * power({dice.roll("g.i", 6)}, 0.8))::int + {dice.whole("g.i", 7, 12)}
                ) AS joined_at,
                {dice.of(["pos", "pos", "pos", "mini_program", "mini_program", "referral"], "g.i", 8)} AS source,
                1 + floor(power({dice.roll("g.i", 9)}, 1.5) * {stores})::int AS place,
                {dice.roll("g.i", 10)} AS kept, {dice.roll("g.i", 11)} AS seat
            FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS g(i)
        ) AS p JOIN demo_store AS s ON s.n = p.place
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, part.params | {"tier": Tier.objects.order_by("threshold").values_list("pk").first()[0]})
        cursor.execute(_INITIALS.format(case=_initials_case()), part.params)
        _build_identities(cursor, part)
        cursor.execute(_ASSIGNMENTS, part.params)
        cursor.execute(_consents(dice), part.params)
        cursor.execute(_places(dice), part.params)


# Only a few hundred characters occur in the names of the demonstration, so SQL can spell them itself.
_INITIALS = """
    UPDATE members_member SET initials = (
        SELECT string_agg({case}, '' ORDER BY c.n)
        FROM regexp_split_to_table(name, '') WITH ORDINALITY AS c(letter, n)
    ) WHERE id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s
"""
_PHONES = f"SELECT %(base)s + g.i, {PHONE} FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS g(i)"
_IDENTITIES = "COPY members_identity (member_id, origin, kind, digest, sealed, shown, source) FROM STDIN"
_ASSIGNMENTS = """
    INSERT INTO members_assignment (member_id, guide_id, store_id, started_at, reason)
    SELECT id, guide_id, home_store_id, joined_at, '' FROM members_member
    WHERE guide_id IS NOT NULL AND id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s
"""


def _build_identities(cursor: CursorWrapper, part: Range) -> None:
    """Phones are sealed here, not in the database: it never has the keys."""
    cursor.execute(_PHONES, part.params)
    phones = cursor.fetchall()
    with cursor.copy(_IDENTITIES) as copy:
        for member, phone in phones:
            kept = sealed_identity(IdentityKind.PHONE.value, phone)
            copy.write_row((member, member, *kept, "demo"))


def _initials_case() -> str:
    letters = sorted(set(words.SURNAMES) | set(words.GIVEN))
    pairs = " ".join(f"WHEN '{letter}' THEN '{initials_of(letter)}'" for letter in letters)
    return f"CASE c.letter {pairs} ELSE '' END"


def _places(dice: Dice) -> str:
    """Six in ten told where they live: most of them within a few kilometres of their store."""
    away = f"({dice.roll('m.id', 43)} ^ 3 * 0.4)"
    axes = {"latitude": dice.roll("m.id", 41), "longitude": dice.roll("m.id", 42)}
    degrees = [f"round((s.{axis} + ({roll} - 0.5) * {away})::numeric, 4)::float8" for axis, roll in axes.items()]
    return (
        f"INSERT INTO members_memberplace (member_id, latitude, longitude, told_at) SELECT m.id, {', '.join(degrees)}, "
        "m.joined_at FROM members_member m JOIN stores_store s ON s.id = m.home_store_id WHERE s.latitude IS NOT NULL "
        f"AND m.id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s AND {dice.roll('m.id', 44)} < 0.6"
    )


def _consents(dice: Dice) -> str:
    """Most agreed to WeCom, half to SMS, some took it back; the rest never said anything."""
    channels = (("wecom", 90, 0.92), ("sms", 22, 0.5), ("wechat_subscribe", 23, 0.45), ("phone_call", 24, 0.2))
    parts = [
        f"SELECT id, '{channel}', {dice.roll('id', salt + 10)} < 0.93, joined_at FROM members_member "
        f"WHERE id BETWEEN %(base)s + %(first)s AND %(base)s + %(last)s AND {dice.roll('id', salt)} < {share}"
        for channel, salt, share in channels
    ]
    return (
        "INSERT INTO members_consent (member_id, channel, purpose, granted, wording_version, language, collected_by, "
        "at) SELECT id, channel, 'marketing', granted, '1', 'zh-hans', 'demo', at "
        f"FROM ({' UNION ALL '.join(parts)}) AS c(id, channel, granted, at)"
    )


def build_tags(dice: Dice) -> None:
    """The manual tag groups, and about two tags on every third member, set by their guide."""
    for position, (name, tags) in enumerate(words.TAG_GROUPS.items(), start=1):
        group, _created = TagGroup.objects.get_or_create(
            name=name, defaults={"position": position, "single_choice": name in words.SINGLE_CHOICE_GROUPS}
        )
        for place, tag in enumerate(tags):
            Tag.objects.get_or_create(group=group, name=tag, defaults={"position": place})
    free = list(
        Tag.objects.filter(group__name__in=words.TAG_GROUPS)
        .exclude(group__single_choice=True)
        .values_list("pk", flat=True)
    )
    pick = dice.of([str(pk) for pk in free], "m.id * 7 + k.n", 31)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {MemberTag._meta.db_table} (member_id, tag_id, source, set_by_id, set_at) "
            f"SELECT m.id, ({pick})::bigint, 'person', m.guide_id, m.joined_at + interval '1 day' "
            f"FROM {Member._meta.db_table} AS m CROSS JOIN generate_series(1, 2) AS k(n) "
            f"WHERE m.guide_id IS NOT NULL AND {dice.roll('m.id', 32)} < 0.33 ON CONFLICT DO NOTHING"
        )
