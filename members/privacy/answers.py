"""What partners were answered about a member, and may ask for once more under the same Idempotency-Key."""

import json

from members.models import Member
from stores import replies

WHOLE = '"identities":'  # stands in every answer that shows a member, and in no other


def forget(ids: list[int]) -> int:
    """Forget the answers that tell of these records; to be called before their columns are emptied. Returns how many.

    Answers that name them by their id alone stay: a till asks once more what became of its receipt.
    """
    rows = list(Member.objects.filter(pk__in=ids).only("pk", "name", "phone_masked"))
    known = {json.dumps(text, ensure_ascii=False) for row in rows for text in (row.name, row.phone_masked) if text}
    named, telling = [row.public_id for row in rows], (*known, WHOLE)
    return replies.forget(lambda text: any(one in text for one in named) and any(one in text for one in telling))
