"""Dry runs of journeys: what a version would have done to the members of the last quarter."""
