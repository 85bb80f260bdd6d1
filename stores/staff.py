"""Staff verbs: hire, transfer, leave. Each keeps the history of postings and the person's rights in step."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.errors import Refusal
from stores.models import HEADQUARTERS, IN_STORE, Posting, Region, Role, Staff, Store


def hire(
    *,
    username: str,
    name: str,
    role: str,
    store: Store | None = None,
    region: Region | None = None,
    password: str | None = None,
    employee_no: str | None = None,
    phone: str | None = None,
    by: Staff | None = None,
) -> Staff:
    """Take somebody on. Raises Refusal when user name or number is taken or the place does not fit the role."""
    _check_place(role, store, region)
    if Staff.objects.filter(username=username).exists():
        raise Refusal(_("This user name is taken."), code="username_taken")
    if employee_no and Staff.objects.filter(employee_no=employee_no).exists():
        raise Refusal(_("This employee number is taken."), code="employee_no_taken")
    with transaction.atomic():
        staff = Staff.objects.create_user(
            username, password, name=name, role=role, store=store, region=region, employee_no=employee_no, phone=phone
        )
        _open_posting(staff, reason=str(_("Hired")), by=by)
    return staff


def transfer(
    staff: Staff,
    *,
    role: str | None = None,
    store: Store | None = None,
    region: Region | None = None,
    reason: str = "",
    by: Staff | None = None,
) -> Staff:
    """Give somebody another role or place. Raises Refusal when they have left or the place does not fit."""
    role = role or staff.role
    _check_place(role, store, region)
    with transaction.atomic():
        staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
        if not staff.is_active:
            raise Refusal(_("%(name)s has left.") % {"name": staff.name}, code="staff_left")
        staff.role, staff.store, staff.region = role, store, region
        staff.is_superuser = staff.is_superuser and role == Role.HQ_ADMIN  # else the first one would keep every right
        staff.save(update_fields=["role", "store", "region", "is_superuser"])
        Posting.objects.filter(staff=staff, ended_at=None).update(ended_at=timezone.now())
        _open_posting(staff, reason=reason, by=by)
    return staff


def leave(staff: Staff, *, reason: str = "", by: Staff | None = None) -> Staff:
    """Let somebody go: they can no longer sign in, and every open session ends at once.

    Their members stay assigned until a manager hands them over; scope already shows them nothing. Raises Refusal
    when they have left before.
    """
    with transaction.atomic():
        staff = Staff.objects.select_for_update(of=("self",)).get(pk=staff.pk)
        if not staff.is_active:
            raise Refusal(_("%(name)s has left.") % {"name": staff.name}, code="staff_left")
        staff.is_active, staff.left_on = False, timezone.localdate()
        staff.set_unusable_password()  # invalidates the session hash of every session they hold
        staff.save(update_fields=["is_active", "left_on", "password"])
        Posting.objects.filter(staff=staff, ended_at=None).update(ended_at=timezone.now(), reason=reason[:200])
    return staff


def named(text: str) -> Staff | None:
    """The one person who has this employee number, user name or name; None when nobody has, or several."""
    for column in ("employee_no", "username", "name"):
        found = list(Staff.objects.filter(**{column: text})[:2])
        if len(found) == 1:
            return found[0]
    return None


def _open_posting(staff: Staff, *, reason: str, by: Staff | None) -> None:
    Posting.objects.create(
        staff=staff, role=staff.role, store=staff.store, region=staff.region, reason=reason[:200], changed_by=by
    )


def _check_place(role: str, store: Store | None, region: Region | None) -> None:
    fits = {
        **{in_store: store is not None for in_store in IN_STORE},
        Role.AREA_MANAGER: region is not None,
        **dict.fromkeys(HEADQUARTERS, True),
    }
    if not fits.get(Role(role), False):
        raise Refusal(_("A guide or store manager needs a store, an area manager a region."), code="place_missing")
