"""The fit of all members' purchases: made about once a week, with its intervals and how well it would have foretold.

Calibration: the same models are fitted on the first part of the time alone, and what they expect in the second part (a
third of the time, half a year at most) stands beside what members did.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from members.insight.value import bgnbd, gammagamma, lives
from members.insight.value.fitting import Estimate, Fit, fit_purchases, fit_spending
from members.insight.value.kept import MOST_SHOWN, newest
from members.models import ValueFit

ENOUGH_BUYERS, ENOUGH_AGAIN = 200, 50
LASTS = timedelta(days=7)
LONGEST_PROOF = 182
PURCHASES, SPENDING = ("r", "alpha", "a", "b"), ("p", "q", "v")


def current(until: date) -> ValueFit | None:
    """The newest fit, made anew when it is a week old; None while too few members came again."""
    last = newest()
    if last is not None and last.fitted_at > timezone.now() - LASTS:
        return last
    return make(until) or last


def make(until: date) -> ValueFit | None:
    """Fit what members bought until a day. None when too few did, or came again, to learn from."""
    counted = lives.purchases(until)
    fit = _learned(counted)
    spending = lives.spending(until)
    spent = fit_spending(spending) if fit else None
    if fit is None or spent is None:
        return None
    cut, calibration = _calibrated(until)
    parameters = {
        "purchases": _told(PURCHASES, fit),
        "spending": _told(SPENDING, spent),
        "mean_purchase": float(np.sum(spending.total * spending.count) / np.sum(spending.n * spending.count)),
        "correlation": lives.correlation(until),
        "cut": cut.isoformat() if cut else None,
    }
    return ValueFit.objects.create(
        until=until,
        members=int(counted.people.count.sum()),
        parameters=parameters,
        log_likelihood=fit.log_likelihood,
        calibration=calibration,
    )


def purchases_of(fit: ValueFit) -> bgnbd.Parameters:
    """The parameters of coming and leaving, per week."""
    return bgnbd.Parameters(*(fit.parameters["purchases"][name]["value"] for name in PURCHASES))


def spending_of(fit: ValueFit) -> gammagamma.Parameters:
    """The parameters of spending, in yuan."""
    return gammagamma.Parameters(*(fit.parameters["spending"][name]["value"] for name in SPENDING))


def _learned(counted: lives.Counted) -> Fit | None:
    people = counted.people
    if people.count.sum() < ENOUGH_BUYERS or people.count[people.x > 0].sum() < ENOUGH_AGAIN:
        return None
    return fit_purchases(people)


def _calibrated(until: date) -> tuple[date | None, list[dict[str, Any]]]:
    """Where the time was parted; by number of purchases until then: members, purchases after, purchases expected."""
    first = lives.first_day()
    days = min((until - first).days // 3, LONGEST_PROOF) if first else 0
    cut = until - timedelta(days=days)
    counted = lives.purchases(until, cut)
    fit = _learned(counted) if days else None
    if fit is None:
        return None, []
    people = counted.people
    ahead = bgnbd.expected(bgnbd.Parameters(*fit.values), people.x, people.t, people.T, days / 7) * people.count
    number = np.minimum(people.x + 1, MOST_SHOWN)
    found = []
    for purchases in np.unique(number):
        among = number == purchases
        sums = (float(values[among].sum()) for values in (people.count, counted.later, ahead))
        found.append(dict(zip(("purchases", "members", "came", "expected"), (int(purchases), *sums), strict=True)))
    return cut, found


def _told(names: tuple[str, ...], fit: Fit) -> dict[str, dict[str, float | None]]:
    return {name: _plain(one) for name, one in zip(names, fit.estimates, strict=True)}


def _plain(one: Estimate) -> dict[str, float | None]:
    return {"value": one.value, "low": one.low, "high": one.high}
