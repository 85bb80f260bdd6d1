"""Our speed beside the limit of this machine: ``python -m tests.bench`` (``make bench``); SCALE=small, million or full.

Each benchmark is a function in a module ``bench_*.py`` that measures ours and the limit in one run on the same data;
the limit is the barest way to do the same work, kept beside it as readable code. They run in a database of their own.
"""
