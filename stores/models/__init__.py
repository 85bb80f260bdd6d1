"""Tables of the stores band: places, staff, partners, jobs, settings."""

from stores.models.history import (
    PartnerHistory,
    PartnerKeyHistory,
    PartnerKeyStore,
    PartnerKeyStoreHistory,
    RegionHistory,
    SettingHistory,
    StaffHistory,
    StoreHistory,
)
from stores.models.jobs import Job, JobState
from stores.models.partners import Partner, PartnerKey, Scope, StoredReply
from stores.models.places import Region, Store, StoreKind
from stores.models.settings import Setting
from stores.models.signin import SignInTry
from stores.models.staff import HEADQUARTERS, IN_STORE, Posting, Role, Staff

__all__ = [
    "PartnerHistory",
    "PartnerKeyHistory",
    "PartnerKeyStore",
    "PartnerKeyStoreHistory",
    "RegionHistory",
    "SettingHistory",
    "StaffHistory",
    "StoreHistory",
    "HEADQUARTERS",
    "IN_STORE",
    "Job",
    "JobState",
    "Partner",
    "PartnerKey",
    "Posting",
    "Region",
    "Role",
    "Scope",
    "Setting",
    "SignInTry",
    "Staff",
    "Store",
    "StoreKind",
    "StoredReply",
]
