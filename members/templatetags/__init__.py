"""Template tags of the members band."""
