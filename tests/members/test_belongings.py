"""Every column that names a member either goes along in a merge or is announced as staying, with the reason."""

from collections.abc import Iterable

from django.apps import apps
from django.db import models

from members.models import Member, MemberTag
from members.oneid import lineage

BANDS = ("stores", "members", "coupons", "campaigns")
NAMES_A_MEMBER = {"member", "member_id", "members", "named", "origin", "kept", "absorbed"}


def naming_columns(every: Iterable[type[models.Model]]) -> set[tuple[str, str]]:
    """(table, column) of everything that names a member: foreign keys, and numbers that are called like one."""
    found = set()
    for model in every:
        if hasattr(model, "pgh_tracked_model"):
            continue  # change history says what was, and of whom it was then
        for field in model._meta.local_concrete_fields:
            if field.related_model is Member or (
                isinstance(field, models.IntegerField)
                and not isinstance(field, models.PositiveIntegerField)  # keys are BigInteger: this is a number of them
                and field.name in NAMES_A_MEMBER
            ):
                found.add((model._meta.db_table, field.column))
    return found


def announced() -> set[tuple[str, str]]:
    """(table, column) of everything that some app announced."""
    moving = {(one.table, one.column) for one in lineage.MOVING}
    return moving | {(model._meta.db_table, column) for model, column in lineage.STAYING}


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in BANDS]


def test_every_column_that_names_a_member_is_announced():
    assert sorted(naming_columns(ours()) - announced()) == []


def test_nothing_is_announced_that_is_not_there():
    columns = {(model._meta.db_table, field.column) for model in ours() for field in model._meta.local_fields}
    assert sorted(announced() - columns) == []


def test_a_new_table_that_is_forgotten_is_noticed(monkeypatch):
    """Control: without its announcement a table is found."""
    monkeypatch.setattr(lineage, "MOVING", [one for one in lineage.MOVING if one.model is not MemberTag])
    assert naming_columns(ours()) - announced() == {("members_membertag", "member_id")}


def test_what_stays_says_why():
    assert all(len(why) > 10 for why in lineage.STAYING.values())


def test_whole_tables_of_members_are_looked_at():
    """Control: the search finds plain numbers as well as foreign keys."""
    found = naming_columns(ours())
    assert {("members_order", "named"), ("members_identity", "origin"), ("coupons_coupon", "member_id")} <= found
