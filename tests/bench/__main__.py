"""``python -m tests.bench [name ...]``: makes Django ready, then runs tests/bench/program.py."""

import os
import runpy

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["CELERY_BROKER_URL"] = "memory://"  # nobody is to work on what a benchmark rings for
django.setup()
runpy.run_module("tests.bench.program", run_name="__main__")
