"""What a rule may look like, what it is told back as, and what is refused with a sentence where it stands."""

import pytest

from members.models import Tag, TagGroup, Tier
from members.segments.trees import MOST_DEPTH, MOST_LEAVES, TreeInvalid, dump, parse
from members.segments.wording import sentence

pytestmark = pytest.mark.django_db

REGULARS = {"fact": "orders_365d", "op": "gte", "value": "4"}
SILENT = {"fact": "last_order", "op": "before", "value": 60}


def refused(data) -> dict[str, str]:
    """Place and sentence of every fault."""
    with pytest.raises(TreeInvalid) as caught:
        parse(data)
    assert caught.value.code == "tree_invalid"
    return {place: str(text) for place, text in caught.value.extra["errors"]}


def test_a_rule_is_said_in_one_sentence(settings):
    gold = Tier.objects.get(code="gold")
    near = Tag.objects.create(group=TagGroup.objects.create(name="试验"), name="住得近")
    tree = {
        "all": [
            REGULARS,
            SILENT,
            {
                "any": [
                    {"fact": "tier", "op": "in", "value": [gold.pk]},
                    {"fact": "tags", "op": "any", "value": [near.pk]},
                ]
            },
        ]
    }
    assert sentence(parse(tree)) == (
        f"近 365 天单数 至少 4，且最近消费在 60 天以前，且（等级是 {gold.name}，或标签：有任一 住得近）"
    )


def test_a_rule_comes_back_as_it_was_told():
    tree = {"none": [REGULARS, {"fact": "ordered", "op": "between", "value": ["1", "2.5"], "where": {"days": 30}}]}
    assert dump(parse(tree)) == tree
    assert parse(dump(parse(tree))) == parse(tree)


@pytest.mark.parametrize(
    "data",
    [None, [], "orders", {}, {"all": {}}, {"some": [REGULARS]}, {"all": [REGULARS], "any": [REGULARS]}, {"fact": 3}],
)
def test_what_is_no_rule_is_refused(data):
    assert len(refused(data)) == 1


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ({"fact": "shoe_size", "op": "gte", "value": 4}, "没有这个条件"),
        ({"fact": "orders", "op": "like", "value": 4}, "不能这样设条件"),
        ({"fact": "orders", "op": "gte", "value": 4, "sql": "1"}, "不能这样设条件"),
        ({"fact": "orders", "op": "gte", "value": "many"}, "填一个数字"),
        ({"fact": "orders", "op": "gte", "value": "NaN"}, "填一个数字"),
        ({"fact": "orders", "op": "gte", "value": "1e400"}, "填一个数字"),
        ({"fact": "orders", "op": "gte", "value": True}, "填一个数字"),
        ({"fact": "orders", "op": "between", "value": [5, 1]}, "前一个数字比后一个大"),
        ({"fact": "orders", "op": "between", "value": 5}, "填两个数字"),
        ({"fact": "orders", "op": "gte", "value": 1, "where": {"days": 3}}, "不按时间统计"),
        ({"fact": "last_order", "op": "within", "value": 0}, "天数"),
        ({"fact": "birthday", "op": "within", "value": 400}, "天数"),
        ({"fact": "tier", "op": "in", "value": []}, "至少选一个"),
        ({"fact": "tier", "op": "in", "value": [10**30]}, "已不存在"),
        ({"fact": "tier", "op": "in", "value": ["x"]}, "已不存在"),
        ({"fact": "stage", "op": "in", "value": ["asleep"]}, "已不存在"),
        ({"fact": "tags", "op": "any", "value": [1] * 501}, "最多选"),
        ({"fact": "ordered", "op": "gte", "value": 1, "where": {"moon": 1}}, "不能这样限定"),
        ({"fact": "ordered", "op": "gte", "value": 1, "where": {"stores": [0]}}, "已不存在"),
    ],
)
def test_a_condition_that_means_nothing_is_refused_where_it_stands(leaf, words):
    assert words in refused({"all": [REGULARS, leaf]})["all.1"]


def test_every_fault_is_told_at_once_with_its_place():
    found = refused({"any": [{"fact": "shoe_size"}, {"all": []}, {"none": [{"fact": "orders", "op": "gte"}]}]})
    assert list(found) == ["any.0", "any.1", "any.2.none.0"]


def test_a_rule_is_neither_too_deep_nor_too_long():
    deep = REGULARS
    for _nth in range(MOST_DEPTH):
        deep = {"all": [deep]}
    assert parse(deep)
    assert "嵌套" in next(iter(refused({"all": [deep]}).values()))
    assert "最多" in refused({"all": [REGULARS] * (MOST_LEAVES + 1)})[""]
