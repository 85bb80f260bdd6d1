"""One coupon to several members: who gets it, who does not and why, once however often it is pressed."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns import manyoffers
from coupons.errors import SENTENCES
from coupons.models import Coupon, GuideBudget, Offer, OfferQuota, OfferState, StoreBudget
from coupons.presendmany import check_many
from members.models import Identity
from members.oneid.identityseals import identity_row
from stores import policy
from stores.errors import Refusal
from tests.makers import make_coupon, make_member, make_template
from tests.workbench.scenery import agree, make_chain

pytestmark = pytest.mark.django_db
TEXT = "{name}您好，{coupon}给您放好了"


@pytest.fixture
def chain():
    policy.forget()
    return make_chain()


def three(chain) -> list:
    """Zhou Zihan, Xu Jingwen and He Meiling, all Lin Xiaoman's and willing."""
    found = [chain.zihan, make_member("许静雯", guide=chain.lin), make_member("何美玲", guide=chain.lin)]
    for member in found[1:]:
        agree(member)
    return found


def send(chain, members, key="press-0001", template=None) -> manyoffers.Sent:
    ids = [member.pk for member in members]
    return manyoffers.send_many(chain.lin, ids, template or chain.second, text=TEXT, request_key=key)


def taken() -> tuple[int, Decimal, Decimal]:
    """What quotas, the guide's and the store's budget say is used."""
    quota = sum(OfferQuota.objects.values_list("used", flat=True))
    return quota, *(sum(one.objects.values_list("used", flat=True), Decimal(0)) for one in (GuideBudget, StoreBudget))


def test_everybody_who_may_gets_words_of_their_own_and_quota_and_budgets_are_taken(chain):
    sent = send(chain, three(chain))
    assert [offer.state for offer in sent.offers] == [OfferState.QUEUED] * 3
    assert {offer.text for offer in sent.offers} == {
        f"{name}您好，满39减8给您放好了" for name in ("子涵", "静雯", "美玲")
    }
    assert taken() == (3, 24, 24)
    assert sent.dropped == []


def test_a_second_press_sends_nothing_twice_and_answers_the_same(chain):
    members = three(chain)
    first, again = send(chain, members), send(chain, members)
    assert {one.pk for one in again.offers} == {one.pk for one in first.offers}
    assert (Offer.objects.count(), taken()) == (3, (3, 24, 24))
    other = send(chain, members, key="press-0002", template=make_template(open_to_guides=True, guide_month_quota=9))
    assert len(other.offers) == 3  # the control: another press is another offer


def test_who_is_left_out_is_told_with_the_reason_and_nothing_is_taken_for_them(chain):
    mute = make_member("不同意", guide=chain.lin)
    holder = make_member("已有券", guide=chain.lin)
    written = make_member("写过两次", guide=chain.lin)
    colleague = make_member("同事", guide=chain.lin)
    for member in (holder, written, colleague):
        agree(member)
    make_coupon(holder, template=chain.second)
    for nth in range(2):
        Offer.objects.create(member=written, guide=chain.he, store=chain.store, text="您好", channel="wecom",
                             state=OfferState.SENT, sent_at=timezone.now() - timedelta(days=2), request_key=f"w{nth}",
                             created_at=timezone.now() - timedelta(days=2), leaves_at=timezone.now())  # fmt: skip
    Identity.objects.bulk_create([identity_row(colleague, "staff", chain.he.username)])
    sent = send(chain, [mute, holder, written, colleague, chain.jianguo, chain.zihan])
    assert [offer.member for offer in sent.offers] == [chain.zihan]
    why = {one.member.name if one.member else "": one.why for one in sent.dropped}
    assert set(why) == {"不同意", "已有券", "写过两次", "同事", ""}
    assert why["不同意"] == SENTENCES["no_channel"]
    assert "2/2" in why["写过两次"]
    assert taken() == (1, 8, 8)


def test_where_quota_or_budget_ends_those_who_come_later_wait(chain):
    members = three(chain)
    type(chain.second).objects.filter(pk=chain.second.pk).update(guide_month_quota=2)
    chain.second.refresh_from_db()
    check = check_many(chain.lin, [one.pk for one in members], chain.second)
    assert [one.refusal and one.refusal.code for one in check.recipients] == [None, None, "quota_spent"]
    assert check.cost == 16
    sent = send(chain, members)
    assert (len(sent.offers), [one.member for one in sent.dropped]) == (2, members[2:])
    assert taken() == (2, 16, 16)


@pytest.mark.parametrize(("setting", "code"), [("offers.store_month_budget", "store_budget_spent"),
                                               ("offers.guide_month_budget", "guide_budget_spent")])  # fmt: skip
def test_a_budget_for_two_sends_two(chain, setting, code):
    policy.change(setting, 17, by=None)
    policy.forget()
    members = three(chain)
    check = check_many(chain.lin, [one.pk for one in members], chain.second)
    assert Counter(one.refusal.code for one in check.dropped) == {code: 1}
    assert len(send(chain, members).offers) == 2
    assert taken() == (2, 16, 16)


def test_the_last_of_a_stock_goes_to_one(chain):
    rare = make_template(open_to_guides=True, guide_month_quota=9, stock=1)
    sent = send(chain, three(chain), template=rare)
    assert (len(sent.offers), len(sent.dropped)) == (1, 2)


def test_the_whole_press_is_taken_back_and_everything_returns(chain):
    send(chain, three(chain))
    assert manyoffers.take_back_many(chain.he, "press-0001") == (0, 0)
    assert manyoffers.take_back_many(chain.lin, "press-0001") == (3, 0)
    assert set(Offer.objects.values_list("state", flat=True)) == {OfferState.TAKEN_BACK}
    assert taken() == (0, 0, 0)
    assert not Coupon.objects.exists()


def test_nobody_or_too_many_is_refused_and_changes_nothing(chain):
    with pytest.raises(Refusal, match="50"):
        send(chain, [])
    with pytest.raises(Refusal):
        manyoffers.send_many(chain.lin, range(1, 52), chain.second, text=TEXT, request_key="press-0003")
    assert not Offer.objects.exists()


def test_looking_at_many_asks_no_more_than_looking_at_few(chain):
    members = three(chain)

    def asked(ids) -> int:
        with CaptureQueriesContext(connection) as captured:
            check_many(chain.lin, ids, chain.second)
        return len(captured)

    few = asked([members[0].pk])
    for nth in range(20):
        members.append(make_member(f"新来{nth}", guide=chain.lin))
        agree(members[-1])
    assert asked([one.pk for one in members]) <= few <= 10
