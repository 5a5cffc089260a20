"""The cards, and where each was observed."""
