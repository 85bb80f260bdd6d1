"""What the member page says before anybody taps: who cannot be written to, and points that are soon gone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coupons.models import Offer, OfferState
from tests.makers import make_task
from tests.workbench.scenery import signed_in

pytestmark = pytest.mark.django_db


def hindrance(chain) -> str:
    return signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/").context["hindrance"]


def test_without_consent_or_beyond_the_weeks_limit_the_next_step_says_so_before_it_is_tried(chain):
    make_task(chain.zihan, template=chain.second)
    assert hindrance(chain) == ""
    long_ago = timezone.now() - timedelta(days=2)
    for nth in range(2):
        Offer.objects.create(member=chain.zihan, guide=chain.he, store=chain.store, text="您好", channel="wecom",
                             state=OfferState.SENT, sent_at=long_ago, created_at=long_ago, leaves_at=long_ago,
                             request_key=f"w{nth}")  # fmt: skip
    assert "2/2" in hindrance(chain)
    chain.zihan.consents.update(granted=False)
    said = hindrance(chain)
    assert said
    assert "2/2" not in said
    assert said in signed_in(chain.lin).get(f"/m/{chain.zihan.pk}/").content.decode()
