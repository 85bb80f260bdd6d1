"""A plain house and short stories in it, for tests that know by heart what must come out."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings

from tests.members.oracle.records import Event, History, Programme, Return, Sale, TierVersion
from tests.torture.programmes import TIERS, ZONES, chain_moment

NOW = chain_moment("2026-03-01T20:00:00")
DAY = timedelta(days=1)


def house(**changes: object) -> Programme:
    """The tiers 0, 1000 and 5000, a yuan a point, no multipliers, looked at on the evening of 1 March 2026."""
    version = TierVersion(thresholds=tuple(zip(TIERS, (0, 1000, 5000), strict=True)))
    return Programme(**{"as_of": NOW, "zones": ZONES, "versions": (version,), **changes})


def noon(day: str) -> datetime:
    """Noon of a day, by the clocks of the chain."""
    return chain_moment(f"{day}T12:00:00")


def sale(number: str, day: str, amount: str = "100.00", **changes: object) -> Sale:
    """张晓梅 buys grapes at noon of a day."""
    lines = (("葡萄", Decimal(amount)),)
    return Sale(**{"number": number, "paid_at": noon(day), "store": "T1", "member": 0, "lines": lines, **changes})


def brought_back(number: str, day: str, amount: str, sale_no: str = "") -> Return:
    """张晓梅 brings something back at noon of a day."""
    return Return(number, noon(day), "T1", 0, Decimal(amount), sale_no)


def of_mei(*events: Event) -> History:
    """What happened to 张晓梅, who is at home in the first store."""
    return History(("T1",), events)


def on(day: str) -> date:
    """A day."""
    return date.fromisoformat(day)


def fast(examples: int) -> settings:
    """The fast profile: so many examples, the same ones every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
