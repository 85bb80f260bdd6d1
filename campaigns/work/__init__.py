"""What the work of stores and guides came to, month by month.

``counting`` is the nightly job, ``rates`` its intervals (slow to load, for the job alone), ``reading`` what pages ask.
"""
