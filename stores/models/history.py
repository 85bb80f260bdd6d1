"""Tables of changes of places, staff, partners and settings."""

from stores.models.partners import Partner, PartnerKey
from stores.models.places import Region, Store
from stores.models.settings import Setting
from stores.models.staff import Staff
from stores.scope import HeadquartersOnly, ScopedModel
from stores.tracking import history_of


class RegionHistory(history_of(Region)):
    """Changes of regions."""


class StoreHistory(history_of(Store, without=["updated_at"])):
    """Changes of stores."""


class StaffHistory(
    history_of(
        Staff,
        fields=["username", "name", "employee_no", "role", "store", "region", "is_active", "is_superuser", "left_on"],
    )
):
    """Changes of staff: place, role and rights. Passwords and phones are not kept."""


class SettingHistory(history_of(Setting, fields=["name", "value"])):
    """Changes of the numbers that HQ sets."""


class PartnerHistory(history_of(Partner, without=["budget_used", "created_at"])):
    """Changes of partners."""


class PartnerKeyHistory(history_of(PartnerKey, without=["secret_hash", "last_used_at", "created_at"])):
    """Changes of partners' keys: scopes, networks, expiry. The hash of the secret is not kept."""


class PartnerKeyStore(ScopedModel, PartnerKey.stores.through):
    """A store that a key is narrowed to."""

    scope = HeadquartersOnly()

    class Meta:
        proxy = True


class PartnerKeyStoreHistory(history_of(PartnerKeyStore, owner="partnerkey")):
    """Which stores a key was narrowed to, and no longer."""
