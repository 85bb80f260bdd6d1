"""The people of the stories in this folder: a shop with two guides and a manager, a neighbour shop, area and HQ."""

from dataclasses import dataclass

from members.models import TimelineFact
from stores.models import Region, Staff, Store
from tests.makers import make_admin, make_area_manager, make_guide, make_manager, make_marketer, make_region, make_store


@dataclass(frozen=True)
class Shop:
    """Binhe Road: Lin Xiaoman and He Jun serve, Zhou Min manages. Next door: Tang Wei. Above: Chen Guodong, Su Wan."""

    region: Region
    store: Store
    next_door: Store
    xiaoman: Staff
    hejun: Staff
    zhoumin: Staff
    tangwei: Staff
    guodong: Staff
    suwan: Staff
    jianguo: Staff


def open_shop() -> Shop:
    """Everybody in place; the two shops lie in different regions."""
    region = make_region("江北")
    store, next_door = make_store("滨河路店", region=region), make_store("人民广场店")
    return Shop(
        region=region,
        store=store,
        next_door=next_door,
        xiaoman=make_guide("林小满", store=store),
        hejun=make_guide("何俊", store=store),
        zhoumin=make_manager("周敏", store=store),
        tangwei=make_guide("唐薇", store=next_door),
        guodong=make_area_manager("陈国栋", region=region),
        suwan=make_marketer("苏婉"),
        jianguo=make_admin("何建国"),
    )


def told(member, kind: str) -> list[dict]:
    """The details of the member's facts of a kind, oldest first."""
    return list(TimelineFact.objects.filter(member=member, kind=kind).order_by("pk").values_list("data", flat=True))
