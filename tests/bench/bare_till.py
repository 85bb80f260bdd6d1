"""The barest Django server that redeems a coupon: the limit beside which tests/bench/bench_redemption.py is measured.

One view without middleware, key, idempotency or rules: a guarded UPDATE, the history, the fact and a row for whoever is
to hear of it, in one transaction; nobody is called.
It runs as the product does: the same web server, as many processes, threads and connections.
"""

import json
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from config.env import database

USE = """
    UPDATE coupons_coupon SET state = 'used', used_at = %(at)s, used_store_id = %(store)s, discount = 10,
           order_channel = 'pos', order_no = %(order_no)s
     WHERE code = %(code)s AND state = 'issued' RETURNING id, member_id, template_id
"""
HISTORY = """
    INSERT INTO coupons_couponevent (coupon_id, move, at, order_channel, order_no, store_id, amount, actor, note)
    VALUES (%(coupon)s, 'redeemed', %(at)s, 'pos', %(order_no)s, %(store)s, 10, 'bare', '')
"""
FACT = """
    INSERT INTO members_timelinefact (kind, member_id, subject, at, data, batch, depth)
    VALUES ('coupon.redeemed', %(member)s, %(coupon)s, %(at)s, %(data)s, nextval('members_batch'), 0) RETURNING batch
"""
DELIVERY = "INSERT INTO members_delivery (batch, reaction, position) VALUES (%s, 'bare', 0)"


def redeem(request: HttpRequest, code: str) -> HttpResponse:
    """Use the coupon, or 409."""
    body = json.loads(request.body)
    values = {"code": code, "at": timezone.now(), "store": body["store"], "order_no": body["order_no"]}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(USE, values)
        row = cursor.fetchone()
        if row is None:
            return answer({"code": "coupon_used"}, status=409)
        values["coupon"], values["member"], template = row
        values["data"] = json.dumps({"template": template, "channel": "pos", "order": body["order_no"], "amount": "10"})
        cursor.execute(HISTORY, values)
        cursor.execute(FACT, values)
        cursor.execute(DELIVERY, cursor.fetchone())
    return answer({"code": code, "status": "used", "discount": "10.00"})


def answer(data: dict[str, str], status: int = 200) -> HttpResponse:
    """JSON of a known length, since there is no middleware to say it."""
    response = JsonResponse(data, status=status)
    response.headers["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("redeem/<str:code>/", redeem), path("healthz", lambda request: HttpResponse("ok"))]

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bare",
        USE_TZ=True,
        DATABASES={"default": database(os.environ["DATABASE_URL"], pool=int(os.environ["DATABASE_POOL"]))},
    )
application = get_wsgi_application()
