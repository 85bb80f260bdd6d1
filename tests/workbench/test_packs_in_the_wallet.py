"""The member page says with which pack a coupon came, what a pack still brings, and that it was given."""

import pytest

from coupons import packs
from tests.makers import make_coupon, make_pack, make_template
from tests.workbench.scenery import part, signed_in

pytestmark = pytest.mark.django_db


def test_a_coupon_tells_its_pack_and_the_page_what_is_to_come(chain):
    tasting = make_template("试吃券", kind="gift", gift_name="草莓")
    pack = make_pack((make_template(), 1), (tasting, 2, 3), (tasting, 1, 9))
    make_coupon(chain.zihan)
    packs.give_pack(pack, chain.zihan, origin="staff", request_key="k", guide=chain.lin)
    answer = signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/panels/", headers=part("panels"))
    wallet = answer.context["wallet"]
    assert ["新人礼包" in card.origin for card in wallet["cards"]].count(True) == 1
    assert [(one.count, one.pack) for one in wallet["coming"]] == [(2, "新人礼包"), (1, "新人礼包")]
    assert wallet["coming"][0].day < wallet["coming"][1].day
    assert answer.content.decode().count("草莓") == 2
    feed = signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/feed/", headers=part())
    assert any("新人礼包" in entry.title for entry in feed.context["timeline"])


def test_without_a_pack_nothing_is_said_of_any(chain):
    make_coupon(chain.zihan)
    answer = signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/panels/", headers=part("panels"))
    assert (answer.context["wallet"]["coming"], "新人礼包" in answer.content.decode()) == ([], False)
