"""Lifetime value: BG/NBD for how often somebody will come, Gamma-Gamma for how much they will spend, and their fit."""
