"""Whose orders these are: known identities are looked up, unknown ones become members, all set-based."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from members import timeline
from members.locks import lock_members
from members.membercodes import CODE_SQL
from members.models import IdentityKind
from members.oneid.lineage import LIVING_SQL
from members.orders.gather import Content
from members.orders.worktables import one, rows, run
from stores.errors import Conflict, Refusal

SOURCE = "order"
TRIES = 5
LOOKS = 50  # each time that one of the members was merged or parted meanwhile

BY_IDENTITY = """
UPDATE work_order w SET member_id = i.member_id, named = i.origin
FROM members_identity i
WHERE i.kind = w.identity_kind AND i.digest = w.identity_digest AND w.code = '' AND w.member_id IS NULL
"""
# the id of a member who was merged leads to the one they have become
BY_ID = f"""
UPDATE work_order w SET member_id = m.id
FROM members_member n, members_member m
WHERE w.code = '' AND w.member_id IS NULL AND n.id = w.named AND m.state = 'active'
    AND m.id = CASE WHEN n.state = 'merged' THEN {LIVING_SQL.format(start="n.id")} ELSE n.id END
"""
NO_SUCH = """
UPDATE work_order SET code = 'unknown_member' WHERE code = '' AND named IS NOT NULL AND member_id IS NULL
"""
TOUCHED = """
SELECT w.member_id FROM work_order w WHERE w.code = '' AND w.member_id IS NOT NULL
UNION
SELECT r.member_id FROM work_order w
JOIN members_return r ON r.channel = w.channel AND r.order_no = w.order_no AND w.kind = 'sale'
WHERE w.code = '' AND r.member_id IS NOT NULL
UNION
SELECT o.member_id FROM work_order w
JOIN members_order o ON o.channel = w.channel AND o.order_no = w.sale_no AND w.kind = 'return'
WHERE w.code = '' AND o.member_id IS NOT NULL
"""
# Nearly always none of them ever was in a merge. Else one may have been merged or parted while this waited for a lock.
IN_LINEAGE = """
SELECT 1 FROM members_membermerge
WHERE kept_id = ANY (%(ids)s::bigint[]) OR absorbed_id = ANY (%(ids)s::bigint[]) LIMIT 1
"""
MOVED = f"""
SELECT 1 FROM members_member WHERE id = ANY (%(ids)s::bigint[]) AND state = 'merged'
UNION ALL
SELECT 1 FROM ({TOUCHED}) AS t WHERE t.member_id <> ALL (%(ids)s::bigint[])
UNION ALL
SELECT 1 FROM work_order w JOIN members_identity i ON i.kind = w.identity_kind AND i.digest = w.identity_digest
WHERE w.code = '' AND w.member_id <> i.member_id
UNION ALL
SELECT 1 FROM work_order w JOIN members_member n ON n.id = w.named AND n.state = 'active'
WHERE w.code = '' AND w.identity_digest IS NULL AND w.member_id <> n.id
LIMIT 1
"""
# One member per unknown identity. The identities are written first, in one fixed order: who loses a race for a value
# waits here, then finds the other's member and makes none.
NEWCOMERS = """
INSERT INTO work_newcomer (id, store_id, joined_at, kind, digest, sealed, shown)
SELECT nextval((SELECT pg_get_serial_sequence('members_member', 'id'))::regclass), w.*
FROM (
    SELECT DISTINCT ON (identity_kind, identity_digest) store_id, paid_at, identity_kind, identity_digest,
        identity_sealed, identity_shown
    FROM work_order
    WHERE status IN ('created', 'updated') AND member_id IS NULL AND identity_digest IS NOT NULL
    ORDER BY identity_kind, identity_digest, paid_at, channel, order_no
) AS w
"""
IDENTITIES = """
INSERT INTO members_identity (member_id, origin, kind, digest, sealed, shown, source)
SELECT id, id, kind, digest, sealed, shown, %(source)s FROM work_newcomer ORDER BY kind, digest
ON CONFLICT (kind, digest) DO NOTHING
"""
BEATEN = "DELETE FROM work_newcomer n WHERE NOT EXISTS (SELECT FROM members_identity i WHERE i.member_id = n.id)"
# A code drawn twice at once (one in a hundred million) is left out here and drawn again by the next round.
MEMBERS = f"""
INSERT INTO members_member (id, code, name, initials, state, phone_last4, phone_masked, birthday_calendar, joined_at,
    source, home_store_id, tier_id, tier_since, growth, points, stage, stage_since)
SELECT n.id, {CODE_SQL}, '', '', 'active', right(p.phone, 4), p.phone,
    'solar', n.joined_at, %(source)s, n.store_id, %(tier)s, n.joined_at, 0, 0, 'introduction', n.joined_at
FROM work_newcomer n CROSS JOIN LATERAL (SELECT CASE WHEN n.kind = %(phone)s THEN n.shown ELSE '' END AS phone) AS p
WHERE NOT EXISTS (SELECT FROM members_member m WHERE m.id = n.id)
ORDER BY n.id
ON CONFLICT (code) DO NOTHING
"""
ASSIGNED = """
INSERT INTO members_assignment (member_id, store_id, started_at, reason)
SELECT id, store_id, joined_at, %(reason)s FROM work_newcomer ORDER BY id
"""
UNKNOWN = """
SELECT 1 FROM work_order WHERE status IN ('created', 'updated') AND member_id IS NULL AND identity_digest IS NOT NULL
LIMIT 1
"""
CREATED = "SELECT id AS member_id, NULL::bigint AS subject, joined_at AS at, '{}'::jsonb AS data FROM work_newcomer"


def find_and_lock(content: Content) -> set[int]:
    """Fill in the members that identities and ids of work_order lead to, and lock every member whose orders or returns
    this chunk touches; returns their ids. Raises Conflict ``members_busy`` when they do not stand still."""
    for _look in range(LOOKS):
        with transaction.atomic():
            _find_known(content)
            ids = lock_members(row[0] for row in rows(TOUCHED))
            if not (one(IN_LINEAGE, {"ids": ids}) and one(MOVED, {"ids": ids})):
                return set(ids)
            transaction.set_rollback(True)  # lets go of the locks, so that all are taken in order again
    raise Conflict(_("These members are being changed by somebody else. Try again."), code="members_busy")


def _find_known(content: Content) -> None:
    if content.identities:
        run(BY_IDENTITY)
    if content.member_ids:
        run(BY_ID)
        run(NO_SUCH)


def welcome() -> int:
    """Make a member for each identity that led nowhere, where its order is about to be written.

    The newcomer is in the lowest tier, at home in the store of the first order, a member since then, without a guide.
    """
    if not one(UNKNOWN):
        return 0
    run("DELETE FROM work_newcomer")  # a stage merges its sales first, then its returns
    names = {"source": SOURCE, "phone": IdentityKind.PHONE.value, "tier": _first_tier()}
    wanted, named, written = run(NEWCOMERS), run(IDENTITIES, names), 0
    if named < wanted:
        wanted -= run(BEATEN)
    for _attempt in range(TRIES):
        written += run(MEMBERS, names) if written < wanted else 0
    run(ASSIGNED, {"reason": str(_("First order"))})
    run(BY_IDENTITY)
    timeline.record_rows("member.created", CREATED)
    return written


def _first_tier() -> int:
    tier = one("SELECT id FROM members_tier ORDER BY threshold LIMIT 1")
    if tier is None:
        raise Refusal(_("There is no tier yet. Headquarters sets up the first one."), code="no_tier")
    return tier
