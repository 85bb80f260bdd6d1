"""Whatever the product writes on a member's timeline has words in both languages: nothing is passed over."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation

from campaigns.models import ChannelCode, CodeKind
from campaigns.spreading import claims, groups, posts
from members import chronicle
from members.chronicle import TELLINGS, timeline_of
from members.models import TimelineFact
from members.timeline import NewFact, record
from stores.policy import REGISTRY
from tests.makers import days_ago, make_admin, make_guide, make_member, make_order, make_store, make_template

BANDS = ("members", "coupons", "campaigns")
RECORDS = {"NewFact", "record_rows", "record_one"}
KIND = re.compile(r"[a-z]+\.[a-z_]+")
OF_NO_MEMBER = {"member.regathered"}  # tells the apps above to look behind a merge; it stands on nobody's timeline


def _calls(tree: ast.AST) -> set[str]:
    names = (getattr(node.func, "id", getattr(node.func, "attr", "")) for node in ast.walk(tree)
             if isinstance(node, ast.Call))  # fmt: skip
    return set(names)


def recorded_kinds() -> set[str]:
    """The kinds of fact that the source may record: words like ``order.recorded`` in modules that record facts."""
    nouns = {kind.split(".")[0] for kind in settings.REACTIONS} | {kind.split(".")[0] for kind in TELLINGS}
    found = set()
    for path in (path for band in BANDS for path in Path(settings.BASE_DIR, band).rglob("*.py")):
        tree = ast.parse(path.read_text())
        if RECORDS & _calls(tree):
            texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            found |= {text for text in texts if isinstance(text, str) and KIND.fullmatch(text)}
    of_facts = {kind for kind in found if kind.split(".")[0] in nouns}
    return of_facts - set(REGISTRY) - {"coupon.discount", "coupon.member_id"} | set(settings.REACTIONS)


def test_every_kind_that_may_be_recorded_has_words():
    kinds = recorded_kinds()
    assert len(kinds) > 45  # control: the walk finds them
    assert {"member.recruited", "group.claimed", "consent.changed", "journey.entered", "member.assigned"} <= kinds
    assert kinds - set(TELLINGS) == OF_NO_MEMBER
    assert set(TELLINGS) <= kinds  # and no words wait for what nobody records


@pytest.fixture
def told(db):
    """Zhou Zihan joined a group and claimed a coupon there, an order of hers was corrected, her birthday comes."""
    store = make_store("滨河路店")
    lin = make_guide(store=store)
    zihan = make_member("周子涵", guide=lin)
    group = groups.open_group(lin, name="滨河路老朋友", address="", by=lin)
    groups.join(group, zihan, source="code")
    now = timezone.now()
    draft = posts.PostDraft("先到先得", template=make_template("满99减15", open_to_sharing=True), stock=3,
                            opens_at=now - timedelta(hours=1), closes_at=now + timedelta(hours=1))  # fmt: skip
    claims.claim(posts.publish(posts.write(group, draft, by=lin), by=lin), zihan)
    order = make_order("88.00", member=zihan, store=store, order_no="R7", paid_at=days_ago(1))
    code = ChannelCode.objects.create(code="23456789", kind=CodeKind.CAMPAIGN, name="地铁海报", source="metro")
    record(
        NewFact("order.revised", zihan.pk, order.pk),
        NewFact("member.birthday_near", zihan.pk, data={"on": "2026-12-01", "year": 2026, "calendar": "lunar"}),
        NewFact("member.recruited", zihan.pk, data={"code": code.pk}),
        NewFact("member.recruited", zihan.pk, data={"code": None}),
        NewFact("member.erased", zihan.pk, data={"by": make_admin().pk}),
    )
    return lambda: {(entry.title, entry.note) for entry in timeline_of(zihan, lin, limit=50)}


CHINESE = {
    ("加入社群“滨河路老朋友”", "滨河路店"),
    ("在社群领取：满99减15", "滨河路老朋友"),
    ("订单更正：¥88", "滨河路店 · R7"),
    ("12-01 生日", "农历"),
    ("扫码注册", "地铁海报"),
    ("朋友邀请注册", ""),
    ("个人信息已删除", "何建国"),
}
ENGLISH = {
    ("Joined the group “滨河路老朋友”", "滨河路店"),
    ("Claimed in the group: 满99减15", "滨河路老朋友"),
    ("Order corrected: ¥88", "滨河路店 · R7"),
    ("Birthday on 12-01", "Lunar calendar"),
    ("Signed up by a code", "地铁海报"),
    ("Signed up by a friend's invitation", ""),
    ("Personal data erased", "何建国"),
}


@pytest.mark.parametrize(("language", "expected"), [("zh-hans", CHINESE), ("en", ENGLISH)])
def test_groups_claims_corrections_birthdays_and_erasures_are_told(told, language, expected):
    with translation.override(language):
        assert expected - told() == set()


def test_a_kind_without_words_is_not_shown_and_the_walk_would_find_it(told, monkeypatch):
    """Control: without its words a claim is passed over in silence."""
    monkeypatch.delitem(chronicle.TELLINGS, "group.claimed")
    assert TimelineFact.objects.filter(kind="group.claimed").exists()
    with translation.override("zh-hans"):
        assert not {title for title, _note in told() if "领取" in title}
    assert "group.claimed" in recorded_kinds() - set(TELLINGS)
