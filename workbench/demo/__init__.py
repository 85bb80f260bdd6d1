"""The demonstration chain 拾果集: stores, people, a year of orders, coupons and tasks, made in SQL from one seed.

The same generator makes twenty thousand members for ``manage.py seed_demo`` and millions for the benchmarks.
"""
