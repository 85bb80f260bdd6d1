"""Messages through WeCom: laid before the member's guide, who sends each with a tap; then asked for until they did.

https://developer.work.weixin.qq.com/document/path/92135 (add_msg_template), 93338 (results), 97611 (stop). What is laid
before a guide is unclear until the guide has decided; what waits longer than wecom.confirm_days is taken back.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.channels.base import Asked, Came, ChannelSpeaker, Outgoing, Sent
from campaigns.channels.calling import CONNECT_SECONDS, READ_SECONDS, NotTaken, Refused, Unclear
from campaigns.channels.wecom import client
from campaigns.channels.wecom.guides import user_ids
from campaigns.models import TouchText
from members.models import Consent, IdentityKind
from stores.policy import define

CONFIRM_DAYS = define(
    "wecom.confirm_days", 3, _("WeCom: days in which a guide confirms a message"), minimum=1, maximum=30
)
ASK_AGAIN = timedelta(hours=1)
SURE_AFTER = timedelta(minutes=10)  # what WeCom does not list by then it never took
PAGES = 20
DECIDED: Mapping[object, tuple[Came, str]] = {
    1: (Came.ACCEPTED, ""),
    2: (Came.REJECTED, "not_customer"),
    3: (Came.REJECTED, "had_another"),  # WeCom's own cap: the customer got one from somebody else already
}
Results = dict[str, Mapping[str, Any]]


class WecomSpeaker(ChannelSpeaker):
    """Customer contact of one company."""

    key = "wecom"
    label = _("WeCom")
    address_kind = IdentityKind.WECOM_EXTERNAL_ID
    consent = Consent.Channel.WECOM
    asks_person = True
    needs = ("WECOM_CORP_ID", "WECOM_SECRET")
    at_once = 50
    timeout = 60.0

    def is_set_up(self) -> bool:
        """With our company's id and secret."""
        return client.is_set_up()

    def trial(self) -> str:
        """Ask for a fresh token."""
        client.forget()
        try:
            client.access_token()
        except NotTaken as error:
            return error.reason
        return ""

    def send(self, batch: Sequence[Outgoing]) -> Sequence[Sent]:
        """One task for each guide and wording, as long as there is time; what was not begun certainly did not leave."""
        until = time.monotonic() + self.timeout - 2 * (CONNECT_SECONDS + READ_SECONDS)
        names = user_ids(one.guide_id for one in batch)
        groups: dict[tuple[str, str, str, str], list[Outgoing]] = defaultdict(list)
        found: list[Sent] = []
        for one in batch:
            name = names.get(one.guide_id or 0, "")
            if name:
                groups[name, one.text, one.link, one.subject].append(one)
            else:
                found.append(Sent(one.touch_id, Came.REJECTED, reason="no_guide"))
        for (name, _text, _link, _subject), some in groups.items():
            late = time.monotonic() > until
            found += [Sent(one.touch_id, Came.PLANNED, reason="no_time") for one in some] if late else _lay(name, some)
        return found

    def ask(self, touches: Sequence[Asked]) -> Sequence[Sent]:
        """What the guides have decided; of what no answer was seen, whether WeCom has it at all."""
        until = time.monotonic() + self.timeout - 2 * (CONNECT_SECONDS + READ_SECONDS)
        names = user_ids(one.guide_id for one in touches)
        texts = dict(TouchText.objects.filter(pk__in=[one.touch_id for one in touches]).values_list("pk", "text"))
        known: dict[tuple[str, str], Results] = {}
        return [
            Sent(one.touch_id, Came.UNKNOWN, one.provider_id, "no_time")
            if time.monotonic() > until
            else _asked(one, names.get(one.guide_id or 0, ""), texts.get(one.touch_id, ""), known)
            for one in touches
        ]


def _lay(name: str, some: Sequence[Outgoing]) -> list[Sent]:
    """Lay one wording for some customers before one guide."""
    first = some[0]
    body: dict[str, Any] = {
        "chat_type": "single",
        "external_userid": [one.address for one in some],
        "sender": name,
        "text": {"content": first.text},
    }
    if first.link:
        title = first.subject or first.text[:30]
        body["attachments"] = [{"msgtype": "link", "link": {"title": title, "url": first.link}}]
    try:
        answer = client.post("externalcontact/add_msg_template", body)
    except NotTaken as error:
        return [Sent(one.touch_id, Came.PLANNED, reason=error.reason, retry_at=error.retry_at) for one in some]
    except Refused as error:
        return [Sent(one.touch_id, Came.REJECTED, reason=error.reason) for one in some]
    except Unclear as error:
        return [Sent(one.touch_id, Came.UNKNOWN, reason=error.reason, retry_at=_soon()) for one in some]
    failed, number = set(answer.get("fail_list") or ()), str(answer.get("msgid") or "")[:80]
    again = timezone.now() + ASK_AGAIN
    return [
        Sent(one.touch_id, Came.REJECTED, number, "not_customer")
        if one.address in failed
        else Sent(one.touch_id, Came.UNKNOWN, number, "waits_for_guide", again)
        for one in some
    ]


def _asked(one: Asked, name: str, text: str, known: dict[tuple[str, str], Results]) -> Sent:
    try:
        number = one.provider_id or _found(one, name, text, known)
        if not number:
            old = timezone.now() - one.at > SURE_AFTER
            return Sent(one.touch_id, Came.PLANNED if old else Came.UNKNOWN, reason="not_found", retry_at=_soon())
        row = _results(number, name, known).get(one.address, {})
        state, reason = DECIDED.get(row.get("status"), (Came.UNKNOWN, "waits_for_guide"))
        if state == Came.UNKNOWN and timezone.now() - one.at > timedelta(days=CONFIRM_DAYS.value):
            return _taken_back(one, number)
    except (NotTaken, Unclear, Refused) as error:
        return Sent(one.touch_id, Came.UNKNOWN, one.provider_id, error.reason, timezone.now() + ASK_AGAIN)
    sent_at = row.get("send_time")
    arrived = datetime.fromtimestamp(sent_at, UTC) if state == Came.ACCEPTED and isinstance(sent_at, int) else None
    again = timezone.now() + ASK_AGAIN if state == Came.UNKNOWN else None
    return Sent(one.touch_id, state, number, reason, again, arrived)


def _taken_back(one: Asked, number: str) -> Sent:
    """Nobody confirmed it in time: first it is stopped at WeCom, then it counts as turned down."""
    with suppress(Refused):  # stopped already, with another message of the same task
        client.post("externalcontact/cancel_groupmsg_send", {"msgid": number})
    return Sent(one.touch_id, Came.REJECTED, number, "not_confirmed")


def _found(one: Asked, name: str, text: str, known: dict[tuple[str, str], Results]) -> str:
    """The number of the task that holds this message although its answer was lost; empty when there is none."""
    window = {"start_time": int((one.at - SURE_AFTER).timestamp()), "end_time": int(timezone.now().timestamp())}
    asked = {"chat_type": "single", "filter_type": 0, "limit": 100, **window}
    for task in _pages("externalcontact/get_groupmsg_list_v2", asked, "group_msg_list"):
        content, number = task.get("text"), str(task.get("msgid") or "")
        same = isinstance(content, dict) and content.get("content") == text
        if same and number and one.address in _results(number, name, known):
            return number
    return ""


def _results(number: str, name: str, known: dict[tuple[str, str], Results]) -> Results:
    """Customer -> what became of it, for one task and guide; asked once for a whole round."""
    if (number, name) not in known:
        asked = {"msgid": number, "userid": name, "limit": 500}
        rows = _pages("externalcontact/get_groupmsg_send_result", asked, "send_list")
        known[number, name] = {str(row.get("external_userid")): row for row in rows}
    return known[number, name]


def _pages(path: str, asked: Mapping[str, Any], field: str) -> Iterator[Mapping[str, Any]]:
    """The rows of all pages of a list. More than ``PAGES`` of them leave it unclear: what lies beyond may be ours."""
    cursor = ""
    for _page in range(PAGES):
        answer = client.post(path, {**asked, **({"cursor": cursor} if cursor else {})})
        rows = answer.get(field)
        yield from [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else ()
        cursor = str(answer.get("next_cursor") or "")
        if not cursor:
            return
    raise Unclear("too_many_pages")


def _soon() -> datetime:
    return timezone.now() + SURE_AFTER
