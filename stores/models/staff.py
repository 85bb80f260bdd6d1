"""Staff: everybody who signs in, and where they have worked."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.freetext import FreeText
from stores.models.places import Region, Store
from stores.scope import ByGuide, ByStore, ScopedModel, ScopedQuerySet, Viewer


class Role(models.TextChoices):
    """What somebody may see and do."""

    GUIDE = "guide", _("Guide")
    STORE_MANAGER = "store_manager", _("Store manager")
    AREA_MANAGER = "area_manager", _("Area manager")
    HQ_MARKETER = "hq_marketer", _("HQ marketer")
    HQ_ADMIN = "hq_admin", _("HQ administrator")


HEADQUARTERS = (Role.HQ_MARKETER, Role.HQ_ADMIN)
IN_STORE = (Role.GUIDE, Role.STORE_MANAGER)


class StaffManager(BaseUserManager["Staff"]):
    """Creates staff with a hashed password, and knows who may see whom."""

    use_in_migrations = False

    def get_queryset(self) -> ScopedQuerySet["Staff"]:
        """All staff, as a query set that knows the scope rule."""
        return ScopedQuerySet(self.model, using=self._db)

    def visible_to(self, viewer: Viewer) -> ScopedQuerySet["Staff"]:
        """Only the people whom ``viewer`` may see."""
        return self.get_queryset().visible_to(viewer)

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "Staff":
        """A new member of staff; without a password nobody can sign in as them yet."""
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "Staff":
        """A new HQ administrator."""
        fields.setdefault("name", username)
        return self.create_user(username, password, role=Role.HQ_ADMIN, is_superuser=True, **fields)


class Staff(AbstractBaseUser, PermissionsMixin):
    """A person who works here. Guides and store managers have a store, area managers a region, HQ neither."""

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    employee_no = models.CharField(_("employee number"), max_length=40, null=True, blank=True, unique=True)
    phone = models.CharField(
        _("own phone"),
        max_length=20,
        null=True,
        blank=True,
        unique=True,
        validators=[
            RegexValidator(r"^(1[3-9]\d{9}|\+[1-9]\d{5,14})\Z", _("Write 11 digits, or + and the country code."))
        ],
        help_text=_("So that nobody sends offers to themselves or to a colleague."),
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.GUIDE)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name=_("store")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="staff", verbose_name=_("region")
    )
    is_active = models.BooleanField(_("works here"), default=True)
    joined_on = models.DateField(_("joined on"), default=timezone.localdate)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = StaffManager()
    scope = ByStore("store")

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(
                name="staff_place_fits_role",
                condition=Q(role__in=IN_STORE, store__isnull=False)
                | Q(role=Role.AREA_MANAGER, region__isnull=False)
                | Q(role__in=HEADQUARTERS),
                violation_error_message=_("A guide or store manager needs a store, an area manager a region."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name (Django's word for it)."""
        return self.name

    def get_short_name(self) -> str:
        """The name as colleagues say it (Django's word for it)."""
        return self.given_name

    @property
    def is_staff(self) -> bool:
        """Whether the HQ admin lets this person in (Django's name for it)."""
        return self.is_active and self.sees_all

    @property
    def sees_all(self) -> bool:
        """Whether this person works for headquarters."""
        return self.role in HEADQUARTERS

    @property
    def leads_store(self) -> bool:
        """Whether this person sees all members of their store."""
        return self.role == Role.STORE_MANAGER

    @property
    def region_path(self) -> str | None:
        """The path of the region an area manager answers for."""
        return self.region.path if self.role == Role.AREA_MANAGER and self.region else None

    @property
    def given_name(self) -> str:
        """The name without the family name, as colleagues say it: 林小满 -> 小满, 周敏 -> 周敏."""
        return self.name[1:] if len(self.name) == 3 and not self.name.isascii() else self.name


class Posting(ScopedModel):
    """Where somebody worked from when to when, and why that changed. The open one has no end."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="postings", verbose_name=_("staff member"))
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"))
    region = models.ForeignKey(Region, models.PROTECT, null=True, related_name="+", verbose_name=_("region"))
    started_at = models.DateTimeField(_("from"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    reason = FreeText(_("reason"), max_length=200, blank=True)
    changed_by = models.ForeignKey(Staff, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by"))

    scope = ByGuide(guide="staff")

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ("-started_at", "-pk")
        constraints = (models.UniqueConstraint(fields=["staff"], condition=Q(ended_at=None), name="one_open_posting"),)

    def __str__(self) -> str:
        return f"{self.staff} · {self.get_role_display()}"
