"""Orders and returns: one set-based path for every one of them.

Whatever arrives (a file, a bulk call, one receipt) is first written as staged lines; ``merge_stage`` checks whole
orders, writes those that are new, and ``settle`` derives everything else from the final set of orders and returns, so
that the order of arrival never matters.
"""
