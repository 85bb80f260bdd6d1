"""Quotes: what a cart costs here and now, for whom, and why; what more would bring."""

from campaigns.quotes.answers import Quote
from campaigns.quotes.cart import Cart, CartLine
from campaigns.quotes.quoting import quote

__all__ = ["Cart", "CartLine", "Quote", "quote"]
