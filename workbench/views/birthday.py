"""When a member's birthday is: by the solar or the lunar calendar, with or without the year."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from members import birthdays, profiles
from members.lunarwords import DAYS, MONTHS
from members.models import Birthday, Member
from stores.errors import NotFound, Refusal
from workbench.access import EVERYBODY, open_to, staff_of
from workbench.answers import dialog, done, wants_part
from workbench.queries import number_in
from workbench.views.member import member_for


@open_to(*EVERYBODY)
def birthday(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: the form, for the calendar that ``?calendar=`` names. POST: keep what the member told."""
    member = member_for(request, pk)
    if request.method != "POST":
        return _form(request, member, request.GET.get("calendar") or member.birthday_calendar)
    calendar = request.POST.get("calendar", "")
    try:
        _keep(request, member, calendar)
    except NotFound:
        raise
    except Refusal as refusal:
        return _form(request, member, calendar, error=str(refusal))
    if not wants_part(request):
        return done(request, _("Birthday saved"), "workbench:member", pk=pk)
    messages.success(request, _("Birthday saved"))
    return HttpResponse(headers={"HX-Redirect": reverse("workbench:member", args=[pk])})


def _keep(request: HttpRequest, member: Member, calendar: str) -> None:
    """Write the birthday down. Raises Refusal ``bad_birthday`` for a day that is not."""
    month, day = number_in(request.POST, "month") or 0, number_in(request.POST, "day") or 0
    feast = birthdays.feast(calendar, month, day)
    told = request.POST.get("year", "").strip()
    if not told:
        profiles.update(member, feast=feast, by=staff_of(request))
        return
    year = number_in(request.POST, "year")
    if year is None:
        raise birthdays.no_such_day()
    in_leap_month = calendar == Birthday.LUNAR and bool(request.POST.get("leap"))
    born = birthdays.born_on(calendar, year, month, day, in_leap_month=in_leap_month)
    profiles.update(member, birthday=born, birthday_calendar=calendar, by=staff_of(request))


def _form(request: HttpRequest, member: Member, calendar: str, *, error: str = "") -> HttpResponse:
    is_lunar = calendar == Birthday.LUNAR
    known = birthdays.feast_of(member)
    same = known is not None and known.calendar == calendar
    given = request.POST if request.method == "POST" else None
    context: dict[str, Any] = {
        "member": member,
        "is_lunar": is_lunar,
        "calendars": [
            {"value": value, "label": label, "is_on": (value == Birthday.LUNAR) == is_lunar}
            for value, label in Birthday.choices
        ],
        "months": [(number, MONTHS[number - 1] if is_lunar else number) for number in range(1, 13)],
        "days": [(number, DAYS[number - 1] if is_lunar else number) for number in range(1, 31 if is_lunar else 32)],
        "month": number_in(given, "month") if given else known.month if known and same else None,
        "day": number_in(given, "day") if given else known.day if known and same else None,
        "year": given.get("year", "")[:4] if given else _year(member.birthday, calendar) if same else "",
        "leap": bool(given.get("leap")) if given else birthdays.is_of_leap_month(member.birthday),
        "error": error,
    }
    answer = dialog(request, "workbench/member/_birthday.html", context, title=_("Birthday"), section="members")
    answer.status_code = 422 if error else 200
    return answer


def _year(born: date | None, calendar: str) -> int | str:
    """The year of birth as the calendar counts it; nothing when it is not known."""
    feast = birthdays.kept(born, calendar)
    return birthdays.own_year(feast, born) if feast and born else ""
