"""A worker that sends what is due until it is killed: ``python -m tests.torture.postman``, with short waits.

With UNSAFE=1 it does what the house forbids: what is unclear is simply sent again.
"""

import os
import time
from datetime import timedelta
from importlib import import_module

import django


def hasten() -> None:
    """Waits of seconds, so that many kills fit into a minute."""
    claiming, asking, outcomes = (
        import_module(f"campaigns.touches.{name}") for name in ("claiming", "asking", "outcomes")
    )
    calling, sms = import_module("campaigns.channels.calling"), import_module("campaigns.channels.sms")
    claiming.LEASE, claiming.AT_ONCE = timedelta(seconds=8), 200
    asking.LEASE, asking.SOONEST, asking.LONGEST = timedelta(seconds=6), timedelta(seconds=2), timedelta(seconds=3)
    outcomes.FIRST_WAIT = timedelta(seconds=2)
    outcomes.LONGEST_WAIT = timedelta(seconds=4)
    for module in (calling, sms):
        module.CONNECT_SECONDS, module.READ_SECONDS = 1.0, 1.5
    sms.SmsSpeaker.timeout, sms.SmsSpeaker.at_once = 4.0, 20
    if os.environ.get("UNSAFE") == "1":
        sms.SmsSpeaker.idempotent = True
        sms.ON_ASKING = dict.fromkeys(sms.ON_ASKING, sms.Came.PLANNED)


def main() -> None:
    """Work for ever."""
    django.setup()
    hasten()
    send_due = import_module("campaigns.touches.sending").send_due
    while True:
        if not send_due():
            time.sleep(0.2)


if __name__ == "__main__":
    main()
