"""A new house has its tiers, benefits and tags, from the migrations and from ``ensure_defaults`` alike."""

from importlib import import_module

import pytest
from django.db import connection
from django.utils import translation

from members import tagrules
from members.benefits import benefits_of, quota_text
from members.defaults import ensure_defaults
from members.models import Benefit, Tag, TagGroup, Tier
from members.segments import trees
from tests.makers import make_member

pytestmark = pytest.mark.django_db

MODELS = (Tier, Benefit, TagGroup, Tag)


def empty_the_house() -> None:
    for model in reversed(MODELS):
        model.objects.all().delete()


def run_migrations() -> None:
    with connection.cursor() as cursor:
        for name in ("0004_default_tiers", "0006_default_tags"):
            for operation in import_module(f"members.migrations.{name}").Migration.operations:
                cursor.execute(operation.sql)


def contents() -> list:
    keep = {"id", "updated_at", "tier", "group"}
    found = []
    for model in MODELS:
        fields = [field.name for field in model._meta.fields if field.name not in keep]
        fields += [f"{parent}__name" for parent in ("tier", "group") if hasattr(model, parent)]
        found.append(sorted(map(str, model.objects.values_list(*fields))))
    return found


def test_migrations_and_defaults_say_the_same():
    empty_the_house()
    run_migrations()
    migrated = contents()
    assert [len(rows) for rows in migrated] == [3, 15, 5, 16]
    ensure_defaults()
    assert contents() == migrated
    empty_the_house()
    ensure_defaults()
    assert contents() == migrated


def test_what_hq_changed_stays_as_it_is():
    ensure_defaults()
    Tier.objects.filter(code="gold").update(name="黑金", threshold=8000)
    Benefit.objects.filter(tier__code="gold").delete()
    Tag.objects.filter(name="高频转低频").update(is_active=False)
    before = contents()
    ensure_defaults()
    assert contents() == before


def test_every_system_tag_has_a_rule_that_means_something():
    ensure_defaults()
    rules = [tag.rule for tag in tagrules.ruled()]
    assert len(rules) == 4
    assert [trees.dump(trees.parse(rule)) for rule in rules] == rules, "spelt as the editor would"


def test_the_benefits_of_a_member_are_those_of_the_tier_and_say_how_often():
    ensure_defaults()
    meimei = make_member("张晓梅", tier="gold")
    Benefit.objects.filter(tier__code="gold", kind="free_shipping").update(is_active=False)
    with translation.override("en"):
        told = {benefit.kind: quota_text(benefit) for benefit in benefits_of(meimei)}
    assert told["tasting"] == "4 times a month"
    assert told["birthday_gift"] == "1 time a year"
    assert told["upgrade_gift"] == "once"
    assert told["percent_off"] == ""
    assert "free_shipping" not in told
