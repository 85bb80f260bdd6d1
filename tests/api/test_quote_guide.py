"""The chapter on quotes in the partner guide: its example is what the product answers, and nothing is left out."""

import json
import re
from decimal import Decimal

import pytest
from drf_spectacular.generators import SchemaGenerator

from campaigns.api.quotes import ANSWERED, ASKED
from members.models import Benefit, Product
from stores.models import Scope
from tests.api.callers import make_till
from tests.architecture.source import ROOT
from tests.campaigns.promoting import make_promotion, stock_shelves
from tests.makers import make_coupon, make_member, make_store, make_template

GUIDE = (ROOT / "docs" / "partner-guide.md").read_text()
CHAPTER = GUIDE.partition("## 3. ")[2].partition("\n## 4. ")[0]
ASKS = ("QuoteBodyRequest", "QuoteLineBodyRequest")
ANSWERS = ("Quote", "QuotedLine", "Share", "Applied", "NotApplied", "NextStep", "Gift")
AT = "2026-11-22T10:30:00+08:00"


@pytest.mark.django_db
def test_the_example_is_what_the_product_answers():
    Benefit.objects.all().delete()
    stock_shelves()
    Product.objects.filter(sku="F011").update(name="智利车厘子 250g")
    Product.objects.filter(sku="F041").update(name="洛川苹果 1kg")
    make_store("武林店", code="HZ01")
    prices = {"prices": [{"sku": "F011", "price": "29.90"}]}
    flash = make_promotion("车厘子秒杀", kind="flash_price", member_limit=2, params=prices)
    steps = make_promotion("周末满减")
    template = make_template("满60减10", threshold=Decimal(60), amount_off=Decimal(10), kind="amount_off")
    coupon = make_coupon(make_member("张晓梅", phone="13812345678"), template=template)
    answer = make_till(Scope.QUOTES).send("POST", "/quotes/", ASKED).content.decode()
    told = {flash.public_id: "prm_6Jr1TkXw0Q", steps.public_id: "prm_2bQm9LxVd4", coupon.code: "7ZK2M9QX4TB8VN3RD"}
    for own, shown in told.items():
        answer = answer.replace(own, shown)
    assert json.loads(answer) | {"at": AT} == ANSWERED


def test_the_guide_shows_the_example():
    question = re.search(r"-d '(.*?)'\n```", CHAPTER, re.DOTALL)
    assert question
    assert json.loads(question[1].replace("'$STORE'", "HZ01")) == ASKED
    shown = re.search(r"```json\n(.*?)```", CHAPTER, re.DOTALL)
    assert shown
    assert json.loads(shown[1]) == ANSWERED


def test_every_field_of_question_and_answer_is_told():
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    fields = {field for name in ASKS + ANSWERS for field in schemas[name]["properties"]}
    assert sorted(field for field in fields if f"`{field}`" not in CHAPTER) == []


def test_every_reason_of_a_quote_is_told():
    sources = (ROOT / "campaigns" / "quotes").glob("*.py")
    codes = {code for path in sources for code in re.findall(r'(?:code=|refuse\()"(\w+)"', path.read_text())}
    assert len(codes) > 8
    assert sorted(code for code in codes if f"`{code}`" not in CHAPTER + GUIDE.partition("\n## 4. ")[2]) == []
