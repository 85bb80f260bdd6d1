"""The harness of the benchmarks says the right thing about its figures."""

import json

import pytest

from tests.bench.harness import Measure, discover, keep, table


@pytest.mark.parametrize(
    ("ours", "goal", "higher_is_better", "is_met"),
    [(50, 0.4, True, True), (30, 0.4, True, False), (50, 0.4, False, False), (50, None, True, None)],
)
def test_a_goal_is_a_ratio_to_the_limit(ours, goal, higher_is_better, is_met):
    assert Measure("orders", ours, 100, "orders/s", goal, higher_is_better).is_met is is_met


def test_figures_are_shown_and_kept(tmp_path):
    measures = [Measure("merge", 3000, 6000, "orders/s", 0.6), Measure("page", 0.0123, 0.01, "s")]
    text = table(measures)
    assert "3,000" in text
    assert "MISSED" in text
    kept = json.loads(keep(measures, tmp_path / "bench").read_text())
    assert kept[0] == {
        "name": "merge",
        "ours": 3000,
        "limit": 6000,
        "unit": "orders/s",
        "ratio": 0.5,
        "goal": 0.6,
        "higher_is_better": True,
    }


def test_the_benchmarks_of_the_folder_are_found():
    assert {"order_import", "ingest", "nightly", "tier_rules"} <= discover().keys()
