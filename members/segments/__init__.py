"""Segments: a tree of rules over facts about a member, as one SQL query and as a test in memory that agree."""
