"""One person, one member: identities, the review of possible duplicates, merging and parting."""
