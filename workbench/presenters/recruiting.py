"""Recruiting as its page shows it: codes and what they brought this month, who waits, what each guide brought."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.models import ChannelCode, JoinRequest
from campaigns.recruiting import codes, joining, results
from campaigns.recruiting.results import GuideResults, Results
from stores.models import Staff, Store
from workbench.presenters.links import address


@dataclass(frozen=True)
class ShownCode:
    """A code as it is shown: large, with its page, its poster and what it brought this month."""

    code: ChannelCode
    url: str
    qr: str
    poster_url: str
    results: Results


@dataclass(frozen=True)
class Waiting:
    """Somebody who signed up and is not confirmed. The four digits are not shown: they are to be asked for."""

    phone: str
    code: str
    request: JoinRequest
    refuse_url: str


def shown(code: ChannelCode, base: str, brought: Results | None = None) -> ShownCode:
    """A code with its address below ``base``, and what it ``brought`` this month where that is known already."""
    url = base.rstrip("/") + codes.path(code.code)
    brought = brought or results.of_code(code, *results.this_month(code.store))
    return ShownCode(code, url, codes.qr_svg(url), address("recruiting-poster", code.pk), brought)


def waiting(person: Staff, *, most: int = 20) -> list[Waiting]:
    """Who waits in the person's store, the newest first."""
    return [
        Waiting(one.shown, one.code.name if one.code else "", one, address("recruiting-refuse", one.pk))
        for one in joining.waiting_for(person)[:most]
    ]


def board(store: Store, shown_too: Sequence[ChannelCode]) -> tuple[list[GuideResults], dict[int, Results]]:
    """What the codes of the store's people brought this month, and of other codes that the page shows."""
    return results.of_guides(store, *results.this_month(store), also=[code.pk for code in shown_too])
