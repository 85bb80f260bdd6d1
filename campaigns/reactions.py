"""What campaigns do when something happened. Each gets the facts of one batch, is set-based, and may run twice."""

from collections.abc import Sequence

from campaigns import attribution, forgetting, guidetasks, touches
from campaigns.channels.wecom import handingover, telling
from campaigns.journeys import listening
from campaigns.models import GuideTask
from campaigns.promotions import sales
from campaigns.recruiting import rewarding, welcoming
from campaigns.spreading import commissions
from members.models import TimelineFact
from members.oneid import following, homecoming, lineage
from members.privacy import erasure

Facts = Sequence[TimelineFact]


def attribute_orders(facts: Facts) -> None:
    """Orders became known: to which touch are they owed?"""
    attribution.attribute(_subjects(facts))


def close_tasks_by_orders(facts: Facts) -> None:
    """Members bought: the tasks to win them back are done."""
    guidetasks.close_after_orders(_subjects(facts))


def correct_attribution(facts: Facts) -> None:
    """Goods came back: attributed amounts are net of them."""
    attribution.correct_amounts(_members(facts))


def attribute_redemptions(facts: Facts) -> None:
    """Coupons were redeemed or their redemption reversed: their orders are owed to whoever gave them."""
    attribution.attribute_coupons(_subjects(facts))


def record_touches(facts: Facts) -> None:
    """Offers left: each is a touch."""
    touches.record_offers(_subjects(facts))


def close_tasks_by_offers(facts: Facts) -> None:
    """Offers left: the tasks they were sent from are done."""
    guidetasks.close_after_offers(_subjects(facts))


def reopen_tasks_by_recalls(facts: Facts) -> None:
    """Offers were recalled: the tasks they had closed are to be done again."""
    guidetasks.reopen_after_recalls(_subjects(facts))


def follow_assignments(facts: Facts) -> None:
    """Members got another guide: their open tasks go along."""
    guidetasks.follow_assignments(_members(facts))


def hand_over_in_wecom(facts: Facts) -> None:
    """Members got another guide: WeCom hands them over as well, once nobody takes it back any more."""
    handingover.plan_from([(one.batch, one.member_id, one.data) for one in facts if one.member_id is not None])


def remark_in_wecom(facts: Facts) -> None:
    """Members got another guide: WeCom learns their names for that guide, and their tags anew."""
    telling.wish_after_assignments(_members(facts))


def tag_in_wecom(facts: Facts) -> None:
    """Members were tagged or a tag was taken off: WeCom carries the same tags."""
    telling.wish_after_tags([(one.member_id, one.data["tag"]) for one in facts if one.member_id])


def follow_merges(facts: Facts) -> None:
    """Members were merged: their tasks, touches and attributed orders go along; open tasks to the guide they have."""
    heads = following.go_along("campaigns", following.merges_in(facts))
    guidetasks.follow_assignments(heads)
    attribution.correct_amounts(heads)
    rewarding.settle_members(heads)
    commissions.work_out_for_members(heads)


def follow_partings(facts: Facts) -> None:
    """Members were parted again: what was theirs comes home, and orders are attributed to touches of their own."""
    for parting in following.come_home("campaigns", following.merges_in(facts)):
        homecoming.bring_news(parting.descent, (guidetasks.CLOSED_KIND,), parting.returned[GuideTask])
        members = [parting.descent.home, *parting.descent.path]
        guidetasks.follow_assignments(members)
        attribution.mend(members)
        attribution.correct_amounts(members)
        commissions.work_out_for_members(members)


def forget_erased(facts: Facts) -> None:
    """Members were erased: what is theirs here goes too, and the proof says so."""
    for fact in facts:
        if fact.member_id is not None and fact.subject is not None:
            erasure.add_to_proof(fact.subject, forgetting.forget(lineage.beneath(fact.member_id)))


def count_promotions(facts: Facts) -> None:
    """Orders became known: which promotions did they get?"""
    sales.count_sales(_subjects(facts))


def count_promotions_of_returns(facts: Facts) -> None:
    """Goods came back: their flash prices and gifts may be had again."""
    orders = {fact.data.get("order") for fact in facts}
    sales.count_returns(sorted(order for order in orders if isinstance(order, int)), _members(facts))


def welcome_recruits(facts: Facts) -> None:
    """People signed up by a code: its welcome goes into their wallets."""
    welcoming.welcome(_subjects(facts))


def settle_referrals(facts: Facts) -> None:
    """Orders became known or changed: who was invited has bought, and both sides are rewarded."""
    rewarding.settle_orders(_subjects(facts))


def settle_referrals_of_returns(facts: Facts) -> None:
    """Goods came back: rewards for a first order that is none any more are taken back."""
    orders = {fact.data.get("order") for fact in facts}
    rewarding.settle_orders(order for order in orders if isinstance(order, int))


def earn_commissions(facts: Facts) -> None:
    """Orders became known or changed: those that a share link led to earn a commission."""
    commissions.work_out(_subjects(facts))


def earn_commissions_of_redemptions(facts: Facts) -> None:
    """Coupons were redeemed: the orders of those that came by a share link earn a commission."""
    commissions.work_out_for_coupons(_subjects(facts))


def lower_commissions(facts: Facts) -> None:
    """Goods came back: commissions are for what was kept."""
    commissions.work_out_for_members(_members(facts))


def move_journeys(facts: Facts) -> None:
    """Something happened to members: goals are reached, waits end, journeys begin."""
    listening.hear(facts)


def _subjects(facts: Facts) -> list[int]:
    return sorted({fact.subject for fact in facts if fact.subject is not None})


def _members(facts: Facts) -> list[int]:
    return sorted({fact.member_id for fact in facts if fact.member_id is not None})
