"""Bulk issues: audience, preview, go, progress, pause, void."""
