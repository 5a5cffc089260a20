"""Runs that no example shows: each module has `run(watch)`, which answers words by question, for one version."""
