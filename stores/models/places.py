"""Regions (a tree) and stores."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from stores.ids import public_id
from stores.scope import ByStore, Reference, ScopedModel


class Region(ScopedModel):
    """A node of the tree of regions. ``path`` lists the ancestors' ids, ``/1/7/``, so that a subtree is a prefix."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent region")
    )
    path = models.CharField(_("path"), max_length=255, editable=False, default="", db_index=True)

    scope = Reference()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ("path",)
        indexes = (models.Index(fields=["path"], name="region_path_prefix", opclasses=["varchar_pattern_ops"]),)

    def __str__(self) -> str:
        return self.name


class StoreKind(models.TextChoices):
    """Where a store stands; campaigns and insight compare by it."""

    STREET = "street", _("Street store")
    MALL = "mall", _("Mall store")
    COMMUNITY = "community", _("Community store")
    HUB = "hub", _("Hub store")


class Store(ScopedModel):
    """A store. Latitude and longitude in degrees (WGS 84); ``time_zone`` decides its business day."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=StoreKind.choices, default=StoreKind.STREET)
    region = models.ForeignKey(Region, models.PROTECT, related_name="stores", verbose_name=_("region"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    scope = ByStore("")

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ("code",)
        indexes = (models.Index(fields=["latitude", "longitude"], name="store_place"),)

    def __str__(self) -> str:
        return self.name

    @property
    def public_id(self) -> str:
        """The id partners know the store by."""
        return public_id("sto", self.pk)
