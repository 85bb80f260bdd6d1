"""The chain's regions, stores and staff, and the log-ins of the demonstration."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from stores import staff as staff_verbs
from stores.models import Posting, Region, Role, Staff, Store
from stores.partners import create_key_with_text
from stores.places import place_region
from workbench.demo import vocabulary as words

PASSWORD = "changke"  # printed on the terminal in demo mode only  # nosec B105
PARTNER_KEY = "ck_demo_changke"


@dataclass(frozen=True)
class Size:
    """How large a chain to make."""

    members: int = 20_000
    stores: int = len(words.STORES)
    guides: int = 40
    seed: int = 8


def build_places(size: Size) -> None:
    """Regions, stores and staff; the first store's first guide is the log-in ``guide``."""
    regions = _regions()
    stores = _stores(size, regions)
    _guides(size, stores)
    _leaders(stores, regions)


def _regions() -> dict[str, Region]:
    east = place_region(Region(code="EAST", name="华东"))
    cities = {"杭州": "HZ", "上海": "SH", "苏州": "SZ"}
    return {"华东": east} | {
        name: place_region(Region(code=code, name=name, parent=east)) for name, code in cities.items()
    }


def _stores(size: Size, regions: dict[str, Region]) -> list[Store]:
    """The named stores; beyond them as many numbered ones as asked for, spread around the named."""
    seeds = [words.STORES[number % len(words.STORES)] for number in range(size.stores)]
    rows = []
    for number, seed in enumerate(seeds):
        lap = number // len(words.STORES)
        rows.append(
            Store(
                code=seed.code if not lap else f"{seed.code}-{lap}",
                name=seed.name if not lap else f"{seed.name} {lap}",
                kind=seed.kind,
                region=regions[seed.region],
                city=seed.city,
                latitude=seed.latitude + lap * 0.013 % 0.4,
                longitude=seed.longitude + lap * 0.017 % 0.4,
                opened_on="2022-03-18",
            )
        )
    return Store.objects.bulk_create(rows)


def _guides(size: Size, stores: list[Store]) -> None:
    """Guides for every store. Passwords are set only for the log-ins: hashing thousands would take minutes."""
    seats = [store for store, seed in zip(stores, words.STORES, strict=False) for _ in range(seed.guides)]
    seats += [stores[number % len(stores)] for number in range(len(seats), size.guides)]
    seats = seats[: size.guides]
    guides = [
        Staff(
            username=f"guide{number:05d}",
            name=words.SURNAMES[number * 7 % len(words.SURNAMES)]
            + words.GIVEN[number * 2 % len(words.GIVEN)]
            + words.GIVEN[(number * 2 + 1) % len(words.GIVEN)],
            employee_no=f"G{number:05d}",
            store=store,
            password=make_password(None),
        )
        for number, store in enumerate(seats, start=1)
    ]
    guides[0].name, guides[0].username = "林小满", "guide"
    elsewhere = next((guide for guide in guides if guide.store != guides[0].store), guides[-1])
    elsewhere.name, elsewhere.username = "顾知夏", "neighbour"
    for known in (guides[0], elsewhere):
        known.password = make_password(PASSWORD)
    created = Staff.objects.bulk_create(guides)
    Posting.objects.bulk_create(Posting(staff=guide, role=guide.role, store=guide.store) for guide in created)


def _leaders(stores: list[Store], regions: dict[str, Region]) -> None:
    people = [
        ("manager", "周敏", Role.STORE_MANAGER, {"store": stores[0]}),
        ("area", "沈立新", Role.AREA_MANAGER, {"region": regions["杭州"]}),
        ("hq", "许文静", Role.HQ_MARKETER, {}),
        ("admin", "程海燕", Role.HQ_ADMIN, {}),
    ]
    people += [
        (f"manager{store.pk}", f"{words.SURNAMES[store.pk % 40]}店长", Role.STORE_MANAGER, {"store": store})
        for store in stores[1 : len(words.STORES)]
    ]
    for username, name, role, place in people:
        password = PASSWORD if not username[-1].isdigit() else None
        staff_verbs.hire(username=username, name=name, role=role, password=password, **place)


def build_partner() -> None:
    """The demonstration's till, whose key is printed at the start."""
    create_key_with_text(PARTNER_KEY, partner_code="demo", partner_name="演示收银台")
