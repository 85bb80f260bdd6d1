"""Customer journeys: what their steps are, who enters, and how everybody moves on, set-based and exactly once."""
