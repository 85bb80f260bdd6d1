"""What the audit asks: dotted paths of the lists of invariants, bottom band first.

Each list holds (name, SQL that finds what is wrong, the rule in one sentence); ``manage.py audit`` asks them all.
"""

AUDITS = (
    "members.invariants.INVARIANTS",
    "members.tiering.tierinvariants.INVARIANTS",
    "members.birthdayinvariants.INVARIANTS",
    "members.oneid.lineageaudits.INVARIANTS",
    "members.privacy.erasureinvariants.INVARIANTS",
    "coupons.audits.INVARIANTS",
    "campaigns.audits.INVARIANTS",
    "campaigns.recruiting.invariants.INVARIANTS",
    "campaigns.spreading.invariants.INVARIANTS",
)
