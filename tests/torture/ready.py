"""Django made ready on import: a worker process imports this before it meets the first model."""

import multiprocessing
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["CELERY_BROKER_URL"] = "memory://"  # nobody is to work on what these histories ring for
django.setup()

PROCESSES = multiprocessing.get_context("spawn")
