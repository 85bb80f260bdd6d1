"""Summaries that the pages of insight read from, one module per table; members.insight.summarising rebuilds them.

A new summary is a module here and its line in SUMMARIES, in the order in which a night rebuilds them.
"""

from members.insight.summaries import cohorts, daysales, flows, gaps, headcounts, outlookcounts, rfmcounts, sourcecounts
from members.insight.summaries.base import Summary

SUMMARIES: dict[str, Summary] = {
    summary.name: summary
    for summary in (
        headcounts.SUMMARY,
        rfmcounts.SUMMARY,
        sourcecounts.SUMMARY,
        daysales.SUMMARY,
        flows.SUMMARY,
        gaps.SUMMARY,
        cohorts.SUMMARY,
        outlookcounts.SUMMARY,
    )
}
"""Name -> summary."""
