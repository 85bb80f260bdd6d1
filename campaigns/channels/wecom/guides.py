"""Which WeCom account a guide has: the one named like their employee number, else like their user name."""

from collections.abc import Iterable

from stores.models import Staff


def user_ids(guides: Iterable[int | None]) -> dict[int, str]:
    """Guide key -> user id in WeCom, for those who work here; in one query."""
    rows = Staff.objects.filter(pk__in={pk for pk in guides if pk}, is_active=True)
    return {row.pk: user_id(row) for row in rows}


def user_id(person: Staff) -> str:
    """The account of somebody who works here or did."""
    return person.employee_no or person.username
