"""The life of coupons as a state machine: bursts of eight acts at the very same moment, and the laws after each.

Hypothesis chooses the acts and makes a failing story short; the threads choose the order. Every house is a new one, so
that stories do not meet.
"""

from functools import partial

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from coupons.models import Coupon
from tests.concurrency.crowd import Outcome, at_once
from tests.makers import days_ago
from tests.torture.couponacts import ACTS, House, issue_to_all
from tests.torture.couponlaws import broken

THREADS = 8
FEW = st.integers(0, 5)
ANY_ACT = st.tuples(st.sampled_from(sorted(ACTS)), FEW, FEW)
AT_TILLS = st.tuples(st.sampled_from(["lock", "redeem", "redeem", "release", "reverse", "bring_back"]), FEW, FEW)
Acts = list[tuple[str, int, int]]


def burst(house: House, acts: Acts) -> Outcome:
    """Everybody at once; what broke is neither done nor refused."""
    house.look()
    outcome = at_once([partial(ACTS[name], house, what, who) for name, what, who in acts])
    assert outcome.broken == [], f"{outcome.broken} broke in {acts}"
    return outcome


class LifeOfCoupons(RuleBasedStateMachine):
    """Everything that may happen to the coupons of one house."""

    @initialize()
    def open_the_house(self) -> None:
        """A new house, in which everybody has a coupon of each kind."""
        self.house = House()
        for nth in range(2):
            issue_to_all(self.house, nth, 0)

    @rule(acts=st.lists(ANY_ACT, min_size=THREADS, max_size=THREADS))
    def everything_at_once(self, acts: Acts) -> None:
        """Eight acts of any kind."""
        self.lived(acts)

    @rule(acts=st.lists(AT_TILLS, min_size=THREADS, max_size=THREADS))
    def tills_at_once(self, acts: Acts) -> None:
        """Eight tills."""
        self.lived(acts)

    @rule(what=FEW)
    def one_coupon_at_eight_tills(self, what: int) -> None:
        """Eight tills and four receipts at one coupon."""
        self.lived([("redeem", what, nth) for nth in range(THREADS)])

    @rule()
    def locks_run_out(self) -> None:
        """A quarter of an hour passes."""
        Coupon.objects.filter(template__in=self.house.templates, state="locked").update(lock_until=days_ago(0.001))

    def lived(self, acts: Acts) -> None:
        """A burst, and every law after it."""
        burst(self.house, acts)
        found = broken(self.house)
        assert found == [], f"{found} after {acts}"


def live(*, stories: int, bursts: int, seed: int | None = None) -> None:
    """So many stories of at most so many steps; without a seed the same ones every time. Raises AssertionError."""
    profile = settings(
        max_examples=stories,
        stateful_step_count=bursts,
        derandomize=seed is None,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink] if seed is None else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LifeOfCoupons, settings=profile, _min_steps=0)
