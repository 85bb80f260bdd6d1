"""What a cart costs: deals, their best legal combination, and who bears which cent of it. Pure arithmetic in cents.

Nothing here knows the database or a language: ``campaigns.quotes`` brings the deals that apply at a place and time and
puts the result into words.
"""
