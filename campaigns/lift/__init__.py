"""Lift: what campaigns and journeys truly changed, told by the members whom chance left out of them.

``statistics``, ``power`` and ``pooling`` ask statsmodels and scipy, which take seconds to load: only jobs import them.
Pages read what the jobs wrote (campaigns.models.Effect).
"""
