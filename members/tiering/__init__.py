"""Tiers: rules by date, the path of each member, grants by hand, notices, simulation, and the explanation of it all."""
