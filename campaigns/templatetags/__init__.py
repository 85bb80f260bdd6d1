"""Template tags of the campaigns band."""
