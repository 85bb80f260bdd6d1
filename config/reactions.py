"""What happens after what: kind of fact -> the reactions it sets off, in this order.

A reaction is the dotted path of a function that receives the list of facts of one batch. It runs after the
transaction that recorded them, once per batch, and is repeated until it succeeds. Reading this table is enough to know
what follows from an event; a reaction that is not here does not run.
"""

REACTIONS: dict[str, tuple[str, ...]] = {}
