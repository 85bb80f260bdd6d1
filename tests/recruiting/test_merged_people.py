"""Members who are merged, parted or erased: sign-ups, invite codes and referrals go where they belong."""

import pytest
from django.utils import timezone

from campaigns.models import InviteCode, JoinRequest, Referral, SignUp
from campaigns.recruiting import codes, referring
from coupons.models import Coupon
from members.oneid import merging
from members.privacy import erasure
from tests.makers import make_admin, make_member, make_order
from tests.recruiting.people import joined, make_programme, news_arrives, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    make_admin()
    return open_shop()


def test_what_somebody_brought_goes_along_and_comes_home(shop):
    make_programme()
    kept, gone = make_member("张晓梅", guide=shop.xiaoman), joined(codes.of_guide(shop.hejun), shop.hejun)
    code = referring.code_of(gone)
    feng = make_member("吴晓峰", guide=shop.hejun, joined_at=timezone.now())
    referring.refer(gone, feng)
    made = merging.merge(kept, gone, why="hand", by=None)
    news_arrives()
    assert (SignUp.objects.get().member, Referral.objects.get().inviter) == (kept, kept)
    assert referring.inviter_of(code.code) == kept
    merging.unmerge(made, by=None)
    news_arrives()
    assert (SignUp.objects.get().member, Referral.objects.get().inviter) == (gone, gone)
    assert referring.inviter_of(code.code) == gone


def test_who_invited_themselves_is_found_out_when_both_are_one(shop):
    make_programme()
    meimei = make_member("张晓梅", guide=shop.xiaoman)
    second = make_member("张晓梅", guide=shop.hejun, joined_at=timezone.now())
    referring.refer(meimei, second)
    make_order("100.00", member=second, store=shop.store)
    news_arrives()
    assert Coupon.objects.filter(origin="referral", state="issued").count() == 2
    merging.merge(meimei, second, why="hand", by=None)
    news_arrives()
    row = Referral.objects.get()
    assert (row.state, row.reason) == ("void", "same_person")
    assert Coupon.objects.filter(origin="referral", state="issued").count() == 0


def test_an_erasure_ends_what_waits_and_forgets_marks(shop):
    make_programme()
    meimei = joined(codes.of_guide(shop.xiaoman), shop.xiaoman, device="手机一")
    feng = make_member("吴晓峰", guide=shop.hejun, joined_at=timezone.now())
    referring.code_of(meimei)
    referring.refer(meimei, feng)
    erasure.erase(meimei, asked_by="本人", by=make_admin("李主管"))
    news_arrives()
    row = Referral.objects.get()
    assert (row.state, row.reason) == ("void", "erased")
    assert InviteCode.objects.count() == 0
    assert (SignUp.objects.get().device, JoinRequest.objects.get().shown) == (None, "")
