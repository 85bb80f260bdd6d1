"""At the till: check a coupon, lock it, redeem it, give it back, take the redemption back."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from coupons import redemption
from coupons.alternatives import better_coupon
from coupons.api.guessing import CodeView
from coupons.api.shapes import CouponSerializer
from coupons.api.tillbodies import (
    RECEIPT,
    REFUSED,
    TILL_ERRORS,
    CheckQuery,
    GiveBackBody,
    ReceiptBody,
    VerdictSerializer,
)
from coupons.codes import normalise
from coupons.errors import CouponRefused
from coupons.models import Coupon, CouponEvent
from coupons.receipts import Line, Receipt
from members.api.naming import member_id_of
from stores import partners
from stores.api.problems import plain
from stores.api.views import shared
from stores.models import Scope
from stores.partners import StoreNotAllowed

PLENTY = Decimal("9999999.99")
# The receipt itself is the matter, or the member does not own the code that was shown.
NO_ALTERNATIVE = {"coupon_not_found", "not_coupon_owner", "stack_conflict", "limit_reached"}


class CouponView(CodeView):
    """What the calls about one coupon share."""

    serializer_class = CouponSerializer

    @property
    def actor(self) -> str:
        """Who did it, for the history of the coupon."""
        return f"partner:{self.key.partner.code}"

    def hold(self, verb: Callable[..., Coupon], code: str) -> Response:
        """Lock or redeem a coupon for the receipt in the body."""
        given = self.read(ReceiptBody)
        lines = [Line(**line) for line in given["lines"]] if "lines" in given else None
        receipt = Receipt(
            given["amount"],
            self.store_named(given["store"]),
            given["channel"],
            given["order_no"],
            member_id_of(given),
            given.get("at"),
            lines,
            given.get("delivery"),
        )
        try:
            coupon = verb(code, **vars(receipt), actor=self.actor)
        except CouponRefused as refusal:
            raise with_alternative(refusal, code, receipt) from None
        return Response(shared(CouponSerializer).to_representation(coupon))

    def given_back(self) -> Mapping[str, Any]:
        """The receipt in the body. Raises StoreNotAllowed when another store's till held the coupon for it."""
        given = self.read(GiveBackBody)
        allowed = partners.store_ids(self.key)
        if allowed:
            events = CouponEvent.objects.filter(order_channel=given["channel"], order_no=given["order_no"])
            code = normalise(self.kwargs["code"])
            elsewhere = events.filter(coupon__code=code).exclude(store=None).exclude(store__in=allowed)
            if elsewhere.exists():
                raise StoreNotAllowed(partners.NOT_THIS_STORE)
        return given


def with_alternative(refusal: CouponRefused, code: str, receipt: Receipt) -> CouponRefused:
    """The refusal, with another coupon of the member's that would do, if there is one: as data and in words.

    Only for a member the call names, so that a found code does not open somebody's wallet.
    """
    if receipt.member_id is None or refusal.code in NO_ALTERNATIVE:
        return refusal
    found = better_coupon(receipt.member_id, receipt, refused=normalise(code))
    if found is None:
        return refusal
    offer = {"code": found.coupon.code, "name": found.coupon.template.name, "discount": plain(found.discount)}
    told = CouponRefused(
        f"{refusal} {found.sentence}", code=refusal.code, extra={**refusal.extra, "better_coupon": offer}
    )
    told.status = refusal.status
    return told


class CouponCheck(CouponView):
    """May this coupon be used here and now?"""

    scopes = {"GET": Scope.COUPONS_READ}
    serializer_class = VerdictSerializer

    @extend_schema(
        operation_id="checkCoupon",
        summary="Check a coupon",
        tags=["Coupons"],
        parameters=[CheckQuery, OpenApiParameter("code", location="path", description="As scanned or typed.")],
        responses={200: VerdictSerializer, 404: TILL_ERRORS[404]},
        examples=[
            REFUSED[2],
            OpenApiExample(
                "not enough on the receipt",
                value={
                    "usable": False,
                    "discount": None,
                    "refusal": {
                        "code": "threshold_not_met",
                        "detail": "还差 ¥12：此券满 ¥60 可用。",
                        "short": "12.00",
                        "threshold": "60.00",
                    },
                },
                response_only=True,
                status_codes=["200"],
            ),
        ],
    )
    def get(self, request: Request, code: str) -> Response:
        """Whether the coupon may be used here and now by this member, what would come off, and if not, why. Changes
        nothing; only lock and redeem decide."""
        asked = request.query_params
        several = {"line": asked.getlist("line")} if "line" in asked else {}
        given = shared(CheckQuery).run_validation(asked.dict() | several)
        lines = [Line(**line) for line in given["line"]] if "line" in given else None
        if lines:
            given.setdefault("amount", sum((line.amount for line in lines), Decimal("0.00")))
        store = self.store_named(given["store"]) if "store" in given else None
        member_id = member_id_of(given)
        verdict = redemption.check(
            code,
            amount=given.get("amount", PLENTY),
            member_id=member_id,
            store=store,
            channel=given["channel"],
            order_no=given.get("order_no", ""),
            at=given.get("at"),
            lines=lines,
            delivery=given.get("delivery", None if "amount" in given else PLENTY),
        )
        if verdict.coupon is None:
            raise redemption.refuse(verdict.code)
        refusal = None
        if not verdict.ok:
            said = CouponRefused(verdict.sentence, code=verdict.code, extra=verdict.extra)
            if "amount" in given:
                more = {"lines": lines, "delivery": given.get("delivery")}
                receipt = Receipt(given["amount"], store, given["channel"], member_id=member_id, **more)
                said = with_alternative(said, code, receipt)
            extra = {name: plain(value) for name, value in said.extra.items()}
            refusal = {**extra, "code": said.code, "detail": str(said)}
        off = f"{verdict.discount:.2f}" if verdict.ok and "amount" in given else None
        coupon = shared(CouponSerializer).to_representation(verdict.coupon)
        return Response({"usable": verdict.ok, "discount": off, "refusal": refusal, "coupon": coupon})


class CouponLock(CouponView):
    """Hold a coupon."""

    scopes = {"POST": Scope.COUPONS_REDEEM}

    @extend_schema(
        operation_id="lockCoupon",
        summary="Hold a coupon for a receipt",
        tags=["Coupons"],
        request=ReceiptBody,
        responses={200: CouponSerializer, **TILL_ERRORS},
        examples=[OpenApiExample("at the till", value=RECEIPT, request_only=True), *REFUSED],
    )
    def post(self, request: Request, code: str) -> Response:
        """Nobody else can use it until `locked_until`. The same receipt may lock again, with another amount."""
        return self.hold(redemption.lock, code)


class CouponRedeem(CouponView):
    """Use a coupon."""

    scopes = {"POST": Scope.COUPONS_REDEEM}

    @extend_schema(
        operation_id="redeemCoupon",
        summary="Redeem a coupon",
        tags=["Coupons"],
        request=ReceiptBody,
        responses={200: CouponSerializer, **TILL_ERRORS},
        examples=[OpenApiExample("at the till", value=RECEIPT, request_only=True), *REFUSED],
    )
    def post(self, request: Request, code: str) -> Response:
        """Use it, from the wallet or from this receipt's lock; `discount` is what comes off. The same receipt again
        gets the same answer, with or without an Idempotency-Key."""
        return self.hold(redemption.redeem, code)


class CouponRelease(CouponView):
    """Give a lock back."""

    scopes = {"POST": Scope.COUPONS_REDEEM}

    @extend_schema(
        operation_id="releaseCoupon",
        summary="Give a lock back",
        tags=["Coupons"],
        request=GiveBackBody,
        responses={200: CouponSerializer, **TILL_ERRORS},
    )
    def post(self, request: Request, code: str) -> Response:
        """The customer did not buy: the coupon is free again at once."""
        given = self.given_back()
        coupon = redemption.release(code, channel=given["channel"], order_no=given["order_no"], actor=self.actor)
        return Response(shared(CouponSerializer).to_representation(coupon))


class CouponReverse(CouponView):
    """Take a redemption back."""

    scopes = {"POST": Scope.COUPONS_REDEEM}

    @extend_schema(
        operation_id="reverseCoupon",
        summary="Take a redemption back",
        tags=["Coupons"],
        request=GiveBackBody,
        responses={200: CouponSerializer, **TILL_ERRORS},
    )
    def post(self, request: Request, code: str) -> Response:
        """The receipt was cancelled: the coupon may be used again unless it has ended meanwhile."""
        given = self.given_back()
        coupon = redemption.reverse(
            code,
            channel=given["channel"],
            order_no=given["order_no"],
            actor=self.actor,
            note=given.get("note", ""),
        )
        return Response(shared(CouponSerializer).to_representation(coupon))
