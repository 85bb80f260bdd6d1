"""Channel codes: each guide and store has one, scans count once a visitor and day, what has ended leads nowhere."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import ChannelCode, CodeDay, CodeScan, CodeState
from campaigns.recruiting import codes, counting, results
from campaigns.recruiting.tidying import tidy_chunk
from stores.errors import NotAllowed, NotFound, Refusal
from stores.models import Job
from tests.makers import make_area_manager, make_marketer, make_store
from tests.recruiting.people import campaign_code, joined, open_shop

pytestmark = pytest.mark.django_db


def test_a_guides_code_is_made_when_it_is_first_opened_and_stays():
    shop = open_shop()
    first, again = codes.of_guide(shop.xiaoman), codes.of_guide(shop.xiaoman)
    assert (first.pk, first.code) == (again.pk, again.code)
    assert (first.store, first.guide, first.source) == (shop.store, shop.xiaoman, "guide_code")
    assert codes.of_guide(shop.hejun).code != first.code


def test_the_code_of_a_guide_who_moved_leads_to_the_new_store():
    shop, elsewhere = open_shop(), make_store("西溪店")
    code = codes.of_guide(shop.xiaoman)
    shop.xiaoman.store = elsewhere
    shop.xiaoman.save()
    assert codes.of_guide(shop.xiaoman).store == elsewhere
    assert ChannelCode.objects.get(pk=code.pk).code == code.code


def test_only_whoever_leads_the_store_has_its_code():
    shop = open_shop()
    assert codes.of_store(shop.store, by=shop.zhoumin).pk == codes.of_store(shop.store, by=shop.zhoumin).pk
    with pytest.raises(NotAllowed):
        codes.of_store(shop.store, by=shop.xiaoman)
    with pytest.raises(NotAllowed):
        codes.of_store(make_store("西溪店"), by=shop.zhoumin)
    with pytest.raises(Refusal):
        codes.of_guide(make_area_manager())
    with pytest.raises(NotAllowed):
        codes.keep(ChannelCode(name="我的"), by=shop.zhoumin)
    assert ChannelCode.objects.count() == 1


def test_a_visitor_counts_once_a_day_and_another_one_too():
    code = codes.of_guide(open_shop().xiaoman)
    today = timezone.localdate()
    assert [counting.count_scan(code, who) for who in ("手机一", "手机一", "手机二", "手机一")] == [
        *(True, False, True, False)
    ]
    assert counting.count_scan(code, "手机一", on=today + timedelta(days=1))
    assert dict(CodeDay.objects.values_list("day", "scans")) == {today: 2, today + timedelta(days=1): 1}


def test_without_the_visitors_the_same_scan_would_count_again():
    """Control: what keeps a visitor from counting twice is the row about them."""
    code = codes.of_guide(open_shop().xiaoman)
    counting.count_scan(code, "手机一")
    CodeScan.objects.all().delete()
    counting.count_scan(code, "手机一")
    assert CodeDay.objects.get().scans == 2


def test_the_night_forgets_who_scanned_and_keeps_the_figures():
    code = codes.of_guide(open_shop().xiaoman)
    counting.count_scan(code, "手机一", on=timezone.localdate() - timedelta(days=9))
    counting.count_scan(code, "手机二")
    assert tidy_chunk(Job(kind="campaigns.tidy_recruiting"))
    assert CodeScan.objects.count() == 1
    assert CodeDay.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"state": CodeState.OFF},
        {"ends_on": timezone.localdate() - timedelta(days=2)},
        {"starts_on": timezone.localdate() + timedelta(days=2)},
    ],
)
def test_a_code_that_is_off_over_or_yet_to_begin_leads_nowhere(change):
    code = campaign_code(store=open_shop().store)
    assert codes.live(f" {code.code.lower()} ") == code
    ChannelCode.objects.filter(pk=code.pk).update(**change)
    with pytest.raises(Refusal) as refused:
        codes.live(code.code)
    assert refused.value.code == "channel_code_ended"


@pytest.mark.parametrize("text", ["", "ABC", "OOOOOOOO", "A" * 400, "ABCDEFGH", "汉字汉字汉字汉字", "A\0CDEFGH"])
def test_what_is_no_code_is_not_found(text):
    with pytest.raises(NotFound):
        codes.live(text)


def test_a_guide_sees_their_own_code_and_the_manager_those_of_the_store():
    shop = open_shop()
    mine, other = codes.of_guide(shop.xiaoman), codes.of_guide(shop.hejun)
    ours = codes.of_store(shop.store, by=shop.zhoumin)
    campaign_code()
    assert set(ChannelCode.objects.visible_to(shop.xiaoman)) == {mine}
    assert set(ChannelCode.objects.visible_to(shop.zhoumin)) == {mine, other, ours}
    assert ChannelCode.objects.visible_to(make_marketer()).count() == 4


def test_the_results_of_a_guide_are_those_of_their_own_code():
    shop = open_shop()
    code = codes.of_guide(shop.xiaoman)
    counting.count_scan(code, "手机一")
    joined(code, shop.xiaoman)
    found, _codes = results.of_guides(shop.store, *results.this_month(shop.store))
    rows = {row.guide.name: row.results for row in found}
    assert rows["林小满"] == results.Results(scans=1, sign_ups=1)
    assert rows["何俊"] == results.Results()


def test_a_qr_code_holds_the_address_and_no_style():
    drawn = codes.qr_svg("https://shop.example/join/ABCDEFGH/")
    assert drawn.startswith("<svg")
    assert "style" not in drawn
