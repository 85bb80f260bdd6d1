"""Histories of members in every order of arrival, compared with an oracle: a fast profile in the suite, a full one by
``make torture``.
"""
