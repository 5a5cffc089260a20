"""Choosing fixes and applying them, until nothing changes any more."""
