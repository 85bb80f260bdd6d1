"""What the stories of recruiting begin with: Binhe Road with its people, and somebody who signs up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import ChannelCode, CodeKind, JoinRequest, ReferralProgramme
from campaigns.recruiting import codes, joining
from campaigns.recruiting.joining import Applicant
from members import delivery
from members.models import Delivery, DeliveryState, Member
from stores.models import Staff, Store
from tests.makers import make_guide, make_manager, make_region, make_store, make_template, make_tiers

PHONE = "13812345678"


@dataclass
class Shop:
    """Binhe Road: Lin Xiaoman and He Jun serve there under Zhou Min."""

    store: Store
    xiaoman: Staff
    hejun: Staff
    zhoumin: Staff


def open_shop() -> Shop:
    """The store, its people, and the tiers everybody begins in."""
    make_tiers()
    store = make_store("滨河路店", region=make_region("杭州"), latitude=30.25, longitude=120.16, city="杭州")
    return Shop(
        store, make_guide("林小满", store=store), make_guide("何俊", store=store), make_manager("周敏", store=store)
    )


def campaign_code(**fields: Any) -> ChannelCode:
    """A code of headquarters, valid today, unless told otherwise."""
    fields.setdefault("name", "地铁海报")
    fields.setdefault("source", "metro")
    return codes.keep(ChannelCode(kind=CodeKind.CAMPAIGN, **fields), by=None)


def asked(
    code: ChannelCode | None, *, phone: str = PHONE, address: str = "10.0.0.1", device: str = "", **fields: Any
) -> JoinRequest:
    """Somebody typed a number into the page of a code."""
    how = {key: fields.pop(key) for key in ("inviter", "store", "guide") if key in fields}
    how.setdefault("store", code.store if code else None)
    how.setdefault("guide", None)
    return joining.ask(Applicant(phone, **fields), code=code, address=address, device=device, **how)


def joined(code: ChannelCode | None, by: Staff, **fields: Any) -> Member:
    """Somebody signed up and was confirmed in the store; the news about it has arrived."""
    brought = joining.confirm_in_store(asked(code, **fields), by=by)
    news_arrives()
    return brought.member


def make_programme(**fields: Any) -> ReferralProgramme:
    """A programme that runs: ¥10 off for both, unless told otherwise."""
    fields.setdefault("name", "老带新")
    fields.setdefault("starts_on", timezone.localdate() - timedelta(days=90))
    if not {"inviter_template", "inviter_points", "friend_template", "friend_points"} & set(fields):
        fields |= {"inviter_template": make_template("老友券"), "friend_template": make_template("新友券")}
    return ReferralProgramme.objects.create(**fields)


def news_arrives() -> None:
    """Everything that reactions have to do by now is done."""
    for _nth in range(3):
        waiting = Delivery.objects.filter(state=DeliveryState.WAITING).order_by("batch")
        for batch in waiting.values_list("batch", flat=True).distinct():
            delivery.deliver(batch)
        with connection.cursor() as cursor:  # what happens next is told in a batch of its own
            cursor.execute("SELECT set_config('changke.batch', '', true)")
