"""Untrusted input of all kinds: nothing hangs, nothing is executed, and what is not checked is said."""
