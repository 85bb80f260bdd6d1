"""Store groups, share links with commission, recommendations."""
