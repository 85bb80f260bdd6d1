"""What must come out, worked out a second time: plain Python, slow, without a database and without product code.

It knows only the rules as they are written down (docs, domain) and a final set of orders, returns, corrections, spends
and grants. The order in which those arrived is not among its inputs.
"""
