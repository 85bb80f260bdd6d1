"""Insight: who the members are and what they do, in figures that are exact, explained and fast.

``scope`` says whose figures and of when, ``reports`` what can be asked, ``summaries`` where the figures are kept,
``charts`` how they are drawn.
"""
