"""POST /quotes/: what a cart costs, and why. Changes nothing."""

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.quotebodies import QuoteBody, QuoteSerializer, cart_of
from campaigns.quotes import quote
from members.api.naming import member_of
from stores.api.schema import ProblemSerializer
from stores.api.views import PartnerView, shared
from stores.models import Scope

ASKED = {
    "store": "HZ01",
    "identity": "phone:13812345678",
    "lines": [
        {"sku": "F011", "quantity": 3, "unit_price": "39.90"},
        {"sku": "F041", "quantity": "1.26", "unit_price": "17.80"},
    ],
    "delivery": "6.00",
}
ANSWERED = {
    "at": "2026-11-22T10:30:00+08:00",
    "list_total": "142.13", "off": "30.00", "delivery": "6.00", "delivery_off": "0.00", "to_pay": "118.13",
    "lines": [
        {
            "id": "1", "sku": "F011", "name": "智利车厘子 250g", "quantity": "3",
            "list": "119.70", "off": "28.16", "to_pay": "91.54",
            "shares": [
                {"offer": "prm_6Jr1TkXw0Q", "off": "20.00", "pieces": 2,
                 "sentence": "智利车厘子 250g 秒杀价 ¥29.9，2 件计入，减 ¥20"},
                {"offer": "7ZK2M9QX4TB8VN3RD", "off": "8.16", "pieces": 0,
                 "sentence": "满60减10，共减 ¥10，本行分摊 ¥8.16"},
            ],
        },
        {
            "id": "2", "sku": "F041", "name": "洛川苹果 1kg", "quantity": "1.26",
            "list": "22.43", "off": "1.84", "to_pay": "20.59",
            "shares": [{"offer": "7ZK2M9QX4TB8VN3RD", "off": "1.84", "pieces": 0,
                        "sentence": "满60减10，共减 ¥10，本行分摊 ¥1.84"}],
        },
    ],
    "applied": [
        {"offer": "prm_6Jr1TkXw0Q", "family": "promotion", "kind": "flash_price", "name": "车厘子秒杀",
         "sentence": "智利车厘子 250g 秒杀价 ¥29.9，减 ¥20", "base": "119.70", "off": "20.00",
         "delivery_off": "0.00", "gifts": []},
        {"offer": "7ZK2M9QX4TB8VN3RD", "family": "coupon", "kind": "amount_off", "name": "满60减10",
         "sentence": "满60减10，减 ¥10", "base": "122.13", "off": "10.00", "delivery_off": "0.00", "gifts": []},
    ],
    "not_applied": [
        {"short": "77.87", "offer": "prm_2bQm9LxVd4", "family": "promotion", "kind": "full_reduction",
         "name": "周末满减", "code": "threshold_not_met", "sentence": "还差 ¥77.87。"},
    ],
    "next_steps": [
        {"offer": "prm_2bQm9LxVd4", "family": "promotion", "kind": "full_reduction", "name": "周末满减",
         "sentence": "再买 ¥77.87 可多减 ¥30：满200减30。", "short": "77.87", "pieces": 0, "gain": "30.00"},
    ],
    "gifts": [], "points": 112, "growth": 112,
}  # fmt: skip


class QuoteView(PartnerView):
    """What a cart costs."""

    scopes = {"POST": Scope.QUOTES}
    serializer_class = QuoteSerializer

    @extend_schema(
        operation_id="quoteCart",
        summary="Quote a cart",
        tags=["Quotes"],
        request=QuoteBody,
        responses={
            200: QuoteSerializer,
            404: OpenApiResponse(ProblemSerializer, "Codes: `member_not_found`."),
            422: OpenApiResponse(ProblemSerializer, "Codes: `store_not_found`, `member_named_twice`, `bad_identity`."),
        },
        examples=[
            OpenApiExample("a cart", value=ASKED, request_only=True),
            OpenApiExample("what it costs", value=ANSWERED, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """The best legal combination of promotions, benefits of the tier and coupons, or the best that holds what is
        asked for; what falls on each line; what did not apply and why; what little more would bring. Changes nothing:
        redeem the coupons and send the order as usual. The same question has the same answer for as long as nothing
        changes."""
        given = self.read(QuoteBody)
        names_somebody = given.get("member") or given.get("identity")
        moment = {"at": given["at"]} if "at" in given else {}
        found = quote(
            cart_of(given),
            store=self.store_named(given["store"]),
            channel=given["channel"],
            member=member_of(given) if names_somebody else None,
            coupons=given["coupons"],
            promotions=given["promotions"],
            order_no=given.get("order_no", ""),
            **moment,
        )
        return Response(shared(QuoteSerializer).to_representation(found))
