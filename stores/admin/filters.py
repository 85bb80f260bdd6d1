"""Filters of lists that more than one page needs."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.utils import parse_datetime_str


class MomentFilter(RangeDateTimeFilter):
    """From and to in the chain's time; a day without a clock time is meant as a whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The rows between the two moments, as far as they are given and understood."""
        bounds = {}
        for side, lookup, whole_day in (("from", "gte", "00:00:00"), ("to", "lte", "23:59:59")):
            day = self.used_parameters.get(f"{self.parameter_name}_{side}_0")
            clock = self.used_parameters.get(f"{self.parameter_name}_{side}_1") or whole_day
            moment = parse_datetime_str(f"{day} {clock}") if day else None
            if moment is not None:
                bounds[f"{self.parameter_name}__{lookup}"] = timezone.make_aware(moment)
        return queryset.filter(**bounds)
