"""Every change of a classed table is written down by the database itself: by whom, when, what it was before."""

from functools import partial

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from members.models import Identity, Member, MemberHistory, TagGroup, Tier, TierHistory
from members.profiles import update
from stores import history, jobs, policy
from stores.authors import acting, present
from stores.historywords import DOORS
from stores.models import PartnerKeyHistory, SettingHistory, StaffHistory
from stores.partners import create_key
from stores.staff import transfer
from stores.tracking import HistoryEvent
from tests.api.callers import make_partner
from tests.makers import make_admin, make_area_manager, make_guide, make_marketer, make_member, make_store, make_tiers

pytestmark = pytest.mark.django_db


def told(row, viewer=None) -> list[tuple]:
    """What the history of a row says, newest first: what, by whom, from what to what."""
    changes = history.of_row(viewer or make_admin(), row)
    return [(one.what, one.by, [(v.label, v.before, v.after) for v in one.values]) for one in changes]


def test_a_new_row_a_change_and_the_removal_are_written_down():
    group = TagGroup.objects.create(name="忌口")
    group.tags.create(name="爱吃葡萄")
    group.tags.update(name="爱吃草莓", position=3)
    tag = group.tags.get()
    made, changed = told(tag)[::-1]
    assert made[0] == "made"
    assert ("名称", "", "爱吃葡萄") in made[2]
    assert changed == ("changed", "", [("名称", "爱吃葡萄", "爱吃草莓"), ("顺序", "0", "3")])
    tag.delete()
    (gone,) = [one for one in history.latest(make_admin(), table="members.tag") if one.what == "removed"]
    assert (gone.is_there, gone.title) == (False, f"#{gone.pk}")


def test_each_change_of_several_says_what_it_led_to():
    tier = make_tiers()["gold"]
    for threshold in (6000, 7000):
        Tier.objects.filter(pk=tier.pk).update(threshold=threshold)
    assert [values for what, _by, values in told(tier) if what == "changed"] == [
        [("所需成长值", "6000", "7000")],
        [("所需成长值", "5000", "6000")],
    ]


def test_who_did_it_is_known_whatever_the_door(db):
    jianguo, guide = make_admin(), make_guide()
    with acting(by=jianguo.pk, door="hq"):
        transfer(guide, store=make_store("徐汇店"), by=jianguo)
    changed = next(one for one in history.of_row(jianguo, guide) if one.what == "changed")
    assert (changed.by, changed.door) == ("何建国", str(DOORS["hq"]))
    assert [value.label for value in changed.values] == ["门店"]


def test_outside_of_a_transaction_the_name_travels_with_the_statement():
    with acting(by=lambda: 7, door=lambda: "command", key=lambda: None):
        assert present() == {"by": 7, "door": "command"}
        policy.change("identities.reveals_per_day", 31, by=None)
    assert SettingHistory.objects.get().pgh_context == {"by": 7, "door": "command"}
    policy.change("identities.reveals_per_day", 32, by=None)
    assert SettingHistory.objects.order_by("pgh_id").last().pgh_context is None


@pytest.mark.django_db(transaction=True)
def test_the_name_ends_with_its_transaction_even_in_the_same_session():
    """As a pooler in transaction mode needs it: whoever gets the session next is not taken for somebody else."""
    tier = make_tiers()["gold"]
    with acting(by=7):
        Tier.objects.filter(pk=tier.pk).update(name="黄金")
        with transaction.atomic():
            Tier.objects.filter(pk=tier.pk).update(name="金")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('pghistory.context_metadata', true)")
        assert not cursor.fetchone()[0]
        cursor.execute("UPDATE members_tier SET name = '足金' WHERE id = %s", [tier.pk])
    assert [one.pgh_context for one in TierHistory.objects.filter(pgh_label="changed")] == [{"by": 7}, {"by": 7}, None]


def test_a_name_survives_a_savepoint_that_was_rolled_back():
    tier = make_tiers()["gold"]
    with acting(by=7), transaction.atomic():
        first = transaction.savepoint()
        Tier.objects.filter(pk=tier.pk).update(name="黄金")
        transaction.savepoint_rollback(first)
        Tier.objects.filter(pk=tier.pk).update(name="足金")
    assert TierHistory.objects.get(pgh_label="changed").pgh_context == {"by": 7}


def change_a_tag_group(job) -> bool:
    """A chunk that changes a classed table."""
    TagGroup.objects.update(position=9)
    return True


def test_a_job_is_named_with_whoever_planned_it(settings):
    settings.JOBS = {**settings.JOBS, "tests.tags": f"{__name__}.change_a_tag_group"}
    group, jianguo = TagGroup.objects.create(name="忌口"), make_admin()
    job = jobs.plan("tests.tags", params={}, by=jianguo)
    jobs.run(job.pk)
    changed = history.of_row(jianguo, group)[0]
    assert (changed.by, changed.door) == ("何建国", f"{DOORS['job']} {job.pk}")


def test_bulk_statements_on_members_write_history_only_where_the_profile_changes():
    members = [make_member(f"会员{n}") for n in range(5)]
    Member.objects.update(growth=10, points=5, stage="growing")
    assert MemberHistory.objects.count() == 0
    Member.objects.filter(pk__in=[members[0].pk, members[1].pk]).update(name="张三")
    assert list(MemberHistory.objects.values_list("name", flat=True).order_by("name")) == ["会员0", "会员1"]


def test_a_profile_changed_by_a_guide_says_from_what_to_what():
    meimei = make_member("张晓梅")
    update(meimei, name="张小梅")
    assert told(meimei) == [("changed", "", [("名称", "张晓梅", "张小梅")])]


def test_no_entry_can_be_changed_or_removed():
    meimei = make_member("张晓梅")
    update(meimei, name="张小梅")
    make_admin()
    for table in (MemberHistory, StaffHistory):
        rows = table.objects.all()
        assert rows.exists()
        for tamper in (partial(rows.update, pgh_label="made"), rows.delete):
            with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
                tamper()
    assert MemberHistory.objects.get().name == "张晓梅"


def test_only_an_erasure_gets_past_the_guard_and_the_guard_stands_again_afterwards():
    meimei, feng = make_member("张晓梅"), make_member("吴晓峰")
    update(meimei, name="张小梅")
    update(feng, name="吴小峰")
    with transaction.atomic():
        assert history.forget(MemberHistory, pgh_obj=meimei.pk) == 1
        with pytest.raises(ProgrammingError), transaction.atomic():
            MemberHistory.objects.all().delete()
    assert MemberHistory.objects.get().name == "吴晓峰"


def test_neither_secrets_nor_whole_identities_are_kept():
    create_key(make_partner(), label="收银", scopes=["orders:write"])
    columns = {column.name for one in history.tables_for(make_admin()).values() for column in one._meta.fields}
    assert not columns & {"secret_hash", "password", "sealed", "digest"}
    assert "phone" not in {column.name for column in StaffHistory._meta.fields}
    assert PartnerKeyHistory.objects.exists()
    make_member(phone="13812345678")
    Identity.objects.all().delete()
    (gone,) = history.latest(make_admin(), table="members.identity")
    assert "138****5678" in {value.before for value in gone.values}


def test_a_link_belongs_to_the_history_of_the_row_it_begins_at():
    store = make_store("徐汇店")
    key, _text = create_key(make_partner(), label="收银", scopes=["orders:write"])
    key.stores.add(store)
    key.stores.remove(store)
    assert [(what, values) for what, _by, values in told(key)][:2] == [
        ("removed", [("门店", "徐汇店", "")]),
        ("made", [("门店", "", "徐汇店")]),
    ]


def test_pages_of_the_history_follow_each_other_without_gap_or_repetition():
    jianguo = make_admin()
    tiers = make_tiers()
    for n in range(7):
        Tier.objects.update(purpose=f"{n}")
        TagGroup.objects.create(name=f"组{n}")
    whole = history.latest(jianguo, limit=1000)
    pages, after = [], ""
    while page := history.latest(jianguo, limit=4, after=after):
        pages += page
        after = page[-1].key
    assert [one.key for one in pages] == [one.key for one in whole]
    assert len(whole) == len({one.key for one in whole}) >= 7 * (len(tiers) + 1)


def test_who_may_not_see_a_table_does_not_read_its_history():
    create_key(make_partner(), label="收银", scopes=["orders:write"])
    assert "stores.partnerkey" in history.tables_for(make_admin())
    marketer = make_marketer()
    assert {"stores.partnerkey", "stores.partnerkeystore"} & set(history.tables_for(marketer)) == set()
    assert history.latest(marketer, table="stores.partnerkey") == []
    assert history.latest(make_guide()) == history.latest(make_area_manager()) == []


def test_every_history_is_append_only():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only%'")
        guarded = {row[0] for row in cursor.fetchall()}
    tables = {one._meta.db_table for one in history.tables_for(make_admin()).values()}
    assert len(tables) > 20
    assert tables == guarded
    assert all(issubclass(one, HistoryEvent) for one in history.tables_for(make_admin()).values())
