"""Customers in WeCom kept as they are here: remarks, tags, and the guide who looks after them.

https://developer.work.weixin.qq.com/document/path/92115 (remark), 92118 (mark_tag), 92125 (transfer_customer), 94082
(its results). Each raises NotTaken, Refused or Unclear (campaigns.channels.calling); marking and remarking twice is
once, a transfer is asked for by ``transfers``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaigns.channels.wecom import client

AT_ONCE = 100
LONGEST_REMARK, LONGEST_DESCRIPTION = 20, 150
STANDING: Mapping[object, str] = {1: "done", 2: "waits", 3: "refused", 4: "full", 5: "unknown"}


@dataclass(frozen=True)
class Transfer:
    """What became of handing one customer over: ``state`` done, waits (24 hours, the customer may refuse), refused,
    full (the new guide has too many customers), unknown, or wecom_<code>."""

    external_id: str
    state: str


def remark(guide: str, external_id: str, *, name: str = "", description: str = "") -> None:
    """Write how a guide sees a customer called in WeCom, and a line about them; what is empty stays as it is."""
    said = {"remark": name[:LONGEST_REMARK], "description": description[:LONGEST_DESCRIPTION]}
    given = {key: text for key, text in said.items() if text}
    if given:
        client.post("externalcontact/remark", {"userid": guide, "external_userid": external_id, **given})


def mark_tags(guide: str, external_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
    """Put WeCom's tags (their ids there) on a customer of a guide, and take others off."""
    changes = {"add_tag": list(add), "remove_tag": list(remove)}
    given = {key: tags for key, tags in changes.items() if tags}
    if given:
        client.post("externalcontact/mark_tag", {"userid": guide, "external_userid": external_id, **given})


def transfer(
    of: str, to: str, external_ids: Sequence[str], *, has_left: bool = False, words: str = ""
) -> list[Transfer]:
    """Hand at most 100 customers of one guide over to another; ``words`` are what the customers read.

    WeCom tells the customers and waits a day for objections, so nobody is done at once. The customers of somebody who
    ``has_left`` (and whose account there is gone) go another way, without words.
    """
    if len(external_ids) > AT_ONCE:
        raise ValueError(f"more than {AT_ONCE} customers at once")
    body: dict[str, Any] = {"handover_userid": of, "takeover_userid": to, "external_userid": list(external_ids)}
    if words and not has_left:
        body["transfer_success_msg"] = words[:200]
    way = "externalcontact/resigned/transfer_customer" if has_left else "externalcontact/transfer_customer"
    answer = client.post(way, body)
    rows = [row for row in answer.get("customer") or () if isinstance(row, dict)]
    said = {str(row.get("external_userid")): row.get("errcode") for row in rows}
    return [Transfer(one, _accepted(said.get(one))) for one in external_ids]


def transfers(of: str, to: str) -> list[Transfer]:
    """What became of all customers that one guide handed over to another."""
    found: list[Transfer] = []
    cursor = ""
    while True:
        asked = {"handover_userid": of, "takeover_userid": to, **({"cursor": cursor} if cursor else {})}
        answer = client.post("externalcontact/transfer_result", asked)
        rows = [row for row in answer.get("customer") or () if isinstance(row, dict)]
        found += [Transfer(str(row.get("external_userid")), STANDING.get(row.get("status"), "unknown")) for row in rows]
        following = str(answer.get("next_cursor") or "")
        if not following or following == cursor:
            return found
        cursor = following


def _accepted(code: object) -> str:
    return "waits" if code == 0 else "unknown" if code is None else f"wecom_{code}"
