"""The terms of coupons, remembered by their version: a chain has some hundreds, and every till reads them all day."""

from collections.abc import Iterator, Sequence

from coupons.models import CouponTerms
from stores.rowversions import Remembered, noted, version_of

READ = f"SELECT k.*, {version_of('k')} AS row_version FROM coupons_couponterms k WHERE k.id = ANY (%(ids)s)"


def _read(numbers: Sequence[int]) -> Iterator[tuple[int, str, CouponTerms]]:
    for one in CouponTerms.objects.raw(READ, {"ids": list(numbers)}):
        yield one.pk, noted(one, "row_version"), one


TERMS = Remembered(_read)
