"""Before a launch: the smallest effect that the arms would show, and how many members it takes to show one.

By the power of the two-sided test of two shares (statsmodels), solved for what is asked by scipy. Loaded by jobs alone.
"""

from scipy.optimize import brentq
from statsmodels.stats.proportion import power_proportions_2indep

ALPHA, POWER = 0.05, 0.8
LEAST = 1e-6
MOST_MEMBERS = 1e9


def power(effect: float, treated: float, control: float, usual: float) -> float:
    """The chance to find out that ``effect`` (a difference of shares) is there, when ``usual`` is the share of those
    left alone."""
    found = power_proportions_2indep(effect, usual, treated, control / treated, ALPHA, return_results=False)
    return float(found)


def least_effect(members: int, holdout: float, usual: float) -> float | None:
    """The smallest rise of a share (0 to 1) that is found with a chance of 80 %, of so many ``members`` with the share
    ``holdout`` left out, when ``usual`` of them do it anyway. None when no rise would be."""
    control, most = members * holdout, 1 - usual - LEAST
    treated = members - control
    if min(treated, control) < 2 or not LEAST < usual < 1 - 2 * LEAST or power(most, treated, control, usual) < POWER:
        return None
    return float(brentq(lambda effect: power(effect, treated, control, usual) - POWER, LEAST, most))


def members_needed(effect: float, holdout: float, usual: float) -> int | None:
    """How many members it takes to find ``effect`` with a chance of 80 %. None when there is no such share, or nobody
    is left out."""
    if not 0 < holdout < 1 or not 0 < usual < usual + effect < 1 or effect < LEAST:
        return None

    def missing(members: float) -> float:
        return power(effect, members * (1 - holdout), members * holdout, usual) - POWER

    return None if missing(MOST_MEMBERS) < 0 else int(brentq(missing, 4, MOST_MEMBERS, xtol=0.5)) + 1
