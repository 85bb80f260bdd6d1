"""Growth value and points: what earns them, lots and their expiry, spending, corrections by hand."""
