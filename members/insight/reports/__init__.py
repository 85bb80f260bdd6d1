"""All reports there are, in the order of the index. A new report is a module here and a line in this list."""

from members.insight.reports.base import Report
from members.insight.reports.cohorts import Cohorts
from members.insight.reports.matrix import TierByKind
from members.insight.reports.migration import Migration
from members.insight.reports.repeat import Repeat
from members.insight.reports.rfm import Rfm
from members.insight.reports.sources import Sources
from members.insight.reports.stages import Lifecycle
from members.insight.reports.value import Value

REPORTS: dict[str, Report] = {
    one.key: one
    for one in (
        TierByKind(),
        Migration(),
        Lifecycle(),
        Rfm(),
        Sources(),
        Repeat(),
        Cohorts(),
        Value(),
    )
}
"""Key of a report -> the report."""
