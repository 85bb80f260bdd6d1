"""Drafts become staged lines: values that no column could hold are told here, everything else by the merge."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import connection

from members.oneid.identities import BadIdentity, normalise
from members.oneid.identityseals import sealed_identity
from members.orders.drafts import Draft, LineDraft, ReturnDraft

COLUMNS = (
    "stage", "line", "channel", "order_no", "kind", "sale_no", "revision", "paid_at", "store_code", "guide_no",
    "identity_kind", "identity_digest", "identity_sealed", "identity_shown", "member", "total", "coupon_codes",
    "share_code", "sku", "product_name", "category", "quantity", "unit_price", "amount",
)  # fmt: skip
COPY = f"COPY members_stagedline ({', '.join(COLUMNS)}) FROM STDIN"
CENT = Decimal("0.01")
THOUSANDTH = Decimal("0.001")
# the first numbers that the columns cannot hold
QUANTITY_LIMIT, PRICE_LIMIT, AMOUNT_LIMIT = Decimal(10) ** 7, Decimal(10) ** 9, Decimal(10) ** 10
REVISION_LIMIT = 2**31
MEMBER_LIMIT = 2**63
NOBODY = ("", "", "", "")

Row = tuple[Any, ...]


class Unreadable(ValueError):
    """A draft that cannot even be staged; the argument is the code it is refused with."""


def stage_rows(rows: Iterable[Row]) -> None:
    """Append staged lines."""
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)


def rows_of(draft: Draft, stage: int) -> list[Row]:
    """The draft's staged lines. Raises Unreadable."""
    lines = _lines(draft)
    _check_texts(draft, lines)
    if not 0 <= draft.revision < REVISION_LIMIT:
        raise Unreadable("bad_revision")
    if draft.moment.utcoffset() is None:
        raise Unreadable("bad_time")
    header = (
        draft.channel,
        draft.number,
        draft.kind.value,
        draft.sale_no if isinstance(draft, ReturnDraft) else "",
        draft.revision,
        draft.moment,
        draft.store_code,
        draft.guide_no,
        *_buyer(draft),
        None if draft.total is None else _number(draft.total, AMOUNT_LIMIT, CENT, "bad_amount"),
        " ".join(draft.coupon_codes),
        draft.share_code,
    )
    return [(stage, nth, *header, *_line(line)) for nth, line in enumerate(lines, 1)]


def _lines(draft: Draft) -> list[LineDraft]:
    if draft.lines:
        return list(draft.lines)
    if isinstance(draft, ReturnDraft) and draft.amount is not None:  # money came back, nobody says for what
        return [LineDraft(sku="", quantity=Decimal(1), unit_price=Decimal(0), amount=draft.amount)]
    raise Unreadable("no_lines")


def _line(line: LineDraft) -> Row:
    quantity = _number(line.quantity, QUANTITY_LIMIT, THOUSANDTH, "bad_quantity")
    price = _number(line.unit_price, PRICE_LIMIT, THOUSANDTH, "bad_amount")
    amount = (quantity * price).quantize(CENT, ROUND_HALF_UP) if line.amount is None else line.amount
    return (line.sku, line.name, line.category, quantity, price, _number(amount, AMOUNT_LIMIT, CENT, "bad_amount"))


def _buyer(draft: Draft) -> Row:
    """Whose it is: the sealed identity in four columns, or the member's key in the fifth."""
    if draft.member_id is not None:
        if not 0 < draft.member_id < MEMBER_LIMIT:
            raise Unreadable("unknown_member")
        return (*NOBODY, draft.member_id)
    if draft.identity is None:
        return (*NOBODY, None)
    kind, value = draft.identity
    try:
        return (*staged_identity(kind, normalise(kind, value)), None)
    except BadIdentity:
        raise Unreadable("bad_identity") from None


def staged_identity(kind: str, value: str) -> tuple[str, str, str, str]:
    """An identity (in its one spelling) as a staged line holds it: kind, digest and seal in hex, the masked form."""
    kept = sealed_identity(kind, value)
    return kind, kept.digest.hex(), kept.sealed.hex(), kept.shown


def _number(value: Decimal, limit: Decimal, step: Decimal, code: str) -> Decimal:
    """``value`` where the column holds it exactly; a fraction of a cent is a mistake, not something to round."""
    try:
        if not value.is_finite() or abs(value) >= limit or value != value.quantize(step):
            raise Unreadable(code)
    except InvalidOperation:
        raise Unreadable(code) from None
    return value


def _check_texts(draft: Draft, lines: list[LineDraft]) -> None:
    """PostgreSQL holds neither NUL nor half a surrogate pair, and nobody needs a megabyte of product name."""
    texts = [draft.channel, draft.number, draft.store_code, draft.guide_no, draft.share_code, *draft.coupon_codes]
    texts += [text for line in lines for text in (line.sku, line.name, line.category)]
    if isinstance(draft, ReturnDraft):
        texts.append(draft.sale_no)
    for text in texts:
        if len(text) > 1000 or "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise Unreadable("bad_line")
