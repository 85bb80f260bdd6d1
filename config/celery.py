"""Celery: the bell that wakes the workers. The truth about work is in the database (jobs, deliveries, due rows).

Losing every message must lose nothing, so messages carry ids only and no result is kept.
"""

import os
from pathlib import Path

from celery import Celery, Task
from celery.signals import setup_logging, worker_process_init
from django.conf import settings
from kombu import Queue

from config import broker as folder
from config import env, schedule
from stores.authors import acting
from workbench.supervisor import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

HARD_LIMIT = 600  # seconds
VISIBILITY_TIMEOUT = 900  # seconds; longer than the hard limit, or a running task would be handed out twice


def broker() -> tuple[str, dict[str, object]]:
    """Address and transport options of the broker: Redis or AMQP when one is named, else a folder of our own."""
    url = env.text("CELERY_BROKER_URL") or settings.REDIS_URL
    if url:
        options: dict[str, object] = {"visibility_timeout": VISIBILITY_TIMEOUT, "socket_timeout": 5}
        if url.startswith("amqp"):
            options = {"confirm_publish": True}
        return url, options
    return f"{folder.SCHEME}://localhost//", folder.options(Path(settings.VAR_DIR) / "broker")


broker_url, transport_options = broker()
queue_arguments = {"x-queue-type": "quorum"} if broker_url.startswith("amqp") else None


class NamedTask(Task):
    """A task whose changes are known in the change history as its own."""

    abstract = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run the task under its name."""
        with acting(door="task", task=self.name):
            return self.run(*args, **kwargs)


app = Celery("changke", task_cls=NamedTask)
app.conf.update(
    broker_url=broker_url,
    broker_transport_options=transport_options,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=3,
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0.1, "interval_step": 0.3, "interval_max": 0.5},
    task_queues=[Queue(name, routing_key=name, queue_arguments=queue_arguments) for name in schedule.QUEUES],
    task_default_queue=schedule.INTERACTIVE,
    task_default_exchange_type="direct",
    task_create_missing_queues=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_time_limit=HARD_LIMIT,
    task_soft_time_limit=HARD_LIMIT - 60,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    worker_max_memory_per_child=400_000,  # KiB
    worker_soft_shutdown_timeout=3.0,
    worker_enable_soft_shutdown_on_idle=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    # Nobody steers workers by message; with a folder as broker these messages would only pile up.
    worker_enable_remote_control=not broker_url.startswith(folder.SCHEME),
    enable_utc=True,
    timezone=settings.TIME_ZONE,
    beat_schedule=schedule.BEAT,
    beat_schedule_filename=str(Path(settings.VAR_DIR) / "beat"),
)
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**kwargs: object) -> None:
    """Celery would install its own log handlers; Django's settings already say where logs go."""


@worker_process_init.connect
def end_with_the_worker(**kwargs: object) -> None:
    """A worker that is killed leaves none of its processes behind."""
    end_with_parent()
