"""All reports there are, in the order of the index. A new report is a module here and a line in this list."""

from members.insight.reports.base import Report

REPORTS: dict[str, Report] = {one.key: one for one in ()}
"""Key of a report -> the report."""
