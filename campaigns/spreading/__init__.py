"""What members and staff spread: store groups with posts, share links with commission, recommendations of products."""
